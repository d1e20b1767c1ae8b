package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
)

func listen(t testing.TB, l *Layer, room string) <-chan *hub.Entry {
	t.Helper()
	heard := make(chan *hub.Entry, 1000)
	stop, err := l.Listen(t.Context(), room, func(e *hub.Entry) { heard <- e })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return heard
}

// publishUntilHeard publishes until the other hub, which may have been away,
// hears it.
func publishUntilHeard(t *testing.T, l *Layer, heard <-chan *hub.Entry) {
	t.Helper()
	for deadline := time.After(patience); ; {
		e := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID()})
		ok(t, l.Publish(t.Context(), "lobby", e))
		select {
		case <-heard:
			return
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatal("the other hub hears nothing")
		}
	}
}

func TestLiveReachesOtherHubs(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	here, there, too := listen(t, a, "lobby"), listen(t, b, "lobby"), listen(t, b, "lobby")
	elsewhere := listen(t, b, "attic")
	const events = 500
	for i := range events {
		e := hub.NewEntry(hub.Event{
			Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Seq: int64(i + 1), At: time.Unix(0, 0).UTC(), Origin: "scope",
			From: hub.Participant{ID: "ada", Name: "Ada", Kind: hub.Person}, Text: "<hi> & ä", Data: json.RawMessage(`{"a":1}`),
		})
		ok(t, a.Publish(t.Context(), "lobby", e))
		if got := <-here; got != e {
			t.Fatalf("at home heard %s", got.JSON)
		}
	}
	for i := range events {
		e := <-there
		if e.Event.Seq != int64(i+1) || e.Event.Origin != "scope" || string(e.JSON) != string(hub.NewEntry(e.Event).JSON) {
			t.Fatalf("heard %s of %s, want number %d of scope", e.JSON, e.Event.Origin, i+1)
		}
		if also := <-too; also != e {
			t.Fatal("an event was decoded for each who listens")
		}
	}
	change := &hub.PresenceChanged{Count: 1, Left: []string{"ada"}}
	ok(t, a.Publish(t.Context(), "lobby", hub.NewEntry(hub.Event{Type: hub.TypePresenceChanged, Room: "lobby", Detail: change})))
	if e := <-there; !reflect.DeepEqual(e.Event.Detail, change) {
		t.Errorf("heard %s", e.JSON)
	}
	publishUntilHeard(t, b, here)
	if len(here)+len(elsewhere) > 0 {
		t.Error("events were heard twice, or in another room")
	}
}

// Readers of several hubs get each message once.
func TestReadersOfSeveralHubs(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	const messages = 200
	got := make(chan string, 2*messages)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	for _, l := range []*Layer{a, b, a, b} {
		all.Go(func() {
			for {
				m, err := l.Receive(ctx, "work")
				if err != nil {
					return
				}
				got <- string(m)
			}
		})
	}
	seen := map[string]bool{}
	for i := range messages {
		l := []*Layer{a, b}[i%2]
		for l.Send(ctx, "work", fmt.Append(nil, i)) != nil { // full
			if ctx.Err() != nil {
				t.Fatal(ctx.Err())
			}
		}
	}
	for range messages {
		select {
		case m := <-got:
			if seen[m] {
				t.Errorf("%s came twice", m)
			}
			seen[m] = true
		case <-time.After(patience):
			t.Fatalf("%d of %d came", len(seen), messages)
		}
	}
	stop()
	all.Wait()
	if len(got) > 0 {
		t.Error("more came than was sent")
	}
}

func TestGroupsSpanHubs(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	woken := make(chan struct{}, 1)
	in, err := a.Own(t.Context(), "owned", func() { token(woken) })
	ok(t, err)
	also, err := b.Own(t.Context(), "owned", func() {})
	ok(t, err)
	ok(t, b.GroupAdd(t.Context(), "all", "owned"))
	ok(t, a.GroupAdd(t.Context(), "all", "free"))
	ok(t, b.GroupSend(t.Context(), "all", []byte("hi")))
	<-woken
	if m, found := in.Next(); string(m) != "hi" || !found {
		t.Errorf("the owner was given %q", m)
	}
	received(t, b, "free", "hi")

	in.Close()
	ok(t, a.Send(t.Context(), "owned", []byte("kept for the other owner")))
	if m, found := also.Next(); !found {
		eventually(t, "the other owner is given it", func() bool { m, found = also.Next(); return found })
		if string(m) != "kept for the other owner" {
			t.Errorf("was given %q", m)
		}
	}
	ok(t, a.Send(t.Context(), "owned", []byte("lost")))
	also.Close() // the last one
	ok(t, a.GroupSend(t.Context(), "all", []byte("again")))
	nothing(t, a, "owned")
	received(t, a, "free", "again")
	if a.Drops() != (hub.Drops{}) || b.Drops() != (hub.Drops{Abandoned: 1}) {
		t.Errorf("drops are %+v and %+v", a.Drops(), b.Drops())
	}
}

// A flush empties the groups of other hubs too, and leaves their owners.
func TestFlushSpansHubs(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	other := openAt(t, shared.addr, fresh(hub.ChannelOptions{}))
	woken := make(chan struct{}, 1)
	in, err := a.Own(t.Context(), "owned", func() { token(woken) })
	ok(t, err)
	defer in.Close()
	ok(t, a.GroupAdd(t.Context(), "all", "owned"))
	ok(t, other.Send(t.Context(), "owned", []byte("of another installation")))
	ok(t, b.Flush(t.Context()))
	ok(t, b.GroupSend(t.Context(), "all", []byte("to nobody")))
	ok(t, b.Send(t.Context(), "owned", []byte("after")))
	<-woken
	if m, _ := in.Next(); string(m) != "after" {
		t.Errorf("the owner was given %q", m)
	}
	received(t, other, "owned", "of another installation")
}

// vanish ends a layer as a crash of its process would: the server is told nothing.
func vanish(l *Layer) {
	l.ending.Store(true)
	l.cancel()
	l.live.hangUp()
	l.running.Wait()
	_ = l.rdb.Close()
}

func TestOwnerThatVanishedLeavesNoMembership(t *testing.T) {
	opts := fresh(hub.ChannelOptions{GroupExpiry: 300 * time.Millisecond})
	opts.hold = 300 * time.Millisecond
	a, b := openAt(t, shared.addr, opts), openAt(t, shared.addr, opts)
	for _, name := range []string{"gone", "gone-too"} {
		_, err := a.Own(t.Context(), name, func() {})
		ok(t, err)
		ok(t, b.GroupAdd(t.Context(), "all", name))
	}
	in, err := b.Own(t.Context(), "lives", func() {})
	ok(t, err)
	defer in.Close()
	ok(t, b.GroupAdd(t.Context(), "all", "lives"))
	vanish(a)
	eventually(t, "the memberships end", func() bool {
		ok(t, b.GroupSend(t.Context(), "all", []byte("is anybody there?")))
		for m, found := in.Next(); found; m, found = in.Next() {
			if string(m) != "is anybody there?" {
				t.Errorf("was given %q", m)
			}
		}
		members, err := b.members(t.Context(), "all")
		ok(t, err)
		if members["lives"] == "" {
			t.Fatal("so did that of an owner who lives")
		}
		return len(members) == 1
	})
	ok(t, b.GroupDiscard(t.Context(), "all", "lives"))
	ok(t, b.Flush(t.Context()))
	if keys := b.rdb.Keys(t.Context(), b.opts.Prefix+":*gone*").Val(); len(keys) > 0 {
		t.Errorf("left are %v", keys)
	}
}

// What nobody asks for expires and is counted too.
func TestSweep(t *testing.T) {
	l := openAt(t, shared.addr, fresh(hub.ChannelOptions{Expiry: 20 * time.Millisecond}))
	for i := range 50 {
		ok(t, l.Send(t.Context(), fmt.Sprint("channel", i), []byte("hi")))
	}
	eventually(t, "all have expired", func() bool { return l.Drops() == hub.Drops{Expired: 50} })
	if keys := l.rdb.Keys(t.Context(), l.opts.Prefix+":*").Val(); len(keys) > 0 {
		t.Errorf("left are %v", keys)
	}
}

// Each of those who wait at one hub is woken for a message of its own, although the
// server is told only of the hub.
func TestAllWhoWaitAreWoken(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	const waiters = 3
	got := make(chan string, waiters)
	for range waiters {
		w := receiving(t.Context(), t, a, "inbox")
		go func() { got <- <-w }()
	}
	eventually(t, "all wait", func() bool {
		a.held.mu.Lock()
		defer a.held.mu.Unlock()
		c := a.held.byName["inbox"]
		return c != nil && len(c.waiters) == waiters
	})
	for i := range waiters {
		ok(t, b.Send(t.Context(), "inbox", fmt.Append(nil, i)))
		gets(t, got, fmt.Sprint(i))
	}
}
