package hubtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
)

func testGroups(t *testing.T, open OpenLayer) {
	short := hub.ChannelOptions{GroupExpiry: 50 * time.Millisecond}
	runLayer(t, open, []layerTest{
		{"every member gets what is sent to the group, and nobody else", hub.ChannelOptions{}, groupMembers},
		{"adding twice is one membership", hub.ChannelOptions{}, groupTwice},
		{"discarding a stranger is no error", hub.ChannelOptions{}, groupStranger},
		{"a full member does not starve the others", hub.ChannelOptions{Capacities: []hub.Capacity{{Pattern: "full", Messages: 1}}}, groupFull},
		{"what one sender sends to groups and channels keeps its order", hub.ChannelOptions{}, groupOrder},
		{"a channel whose owner is gone leaves its groups in time", short, groupExpiry},
		{"a channel whose owner lives stays in its groups", short, groupLives},
		{"everything at once", hub.ChannelOptions{Capacity: 3, Expiry: time.Millisecond, GroupExpiry: time.Millisecond}, groupTumult},
	})
}

func testOwners(t *testing.T, open OpenLayer) {
	runLayer(t, open, []layerTest{
		{"an owner is woken for what comes, and for what waits already", hub.ChannelOptions{}, ownerWoken},
		{"one of several owners gets a message", hub.ChannelOptions{}, ownersCompete},
		{"what an owner does not take counts for the capacity", hub.ChannelOptions{Capacity: 2}, ownerCapacity},
		{"with its last owner a channel leaves its groups and drops its messages", hub.ChannelOptions{}, ownerCloses},
	})
}

func groupMembers(t *testing.T, l *layer) {
	l.groupSend(t, "all", "to nobody") // no error
	l.groupAdd(t, "all", "a")
	l.groupAdd(t, "all", "b")
	l.groupAdd(t, "some", "b")
	l.groupSend(t, "all", "hi all")
	l.groupSend(t, "some", "hi some")
	l.send(t, "all", "a channel is not a group")
	l.receives(t, "a", "hi all")
	l.receives(t, "b", "hi all", "hi some")
	l.receives(t, "all", "a channel is not a group")
	ok(t, l.GroupDiscard(t.Context(), "all", "b"))
	l.groupSend(t, "all", "without b")
	l.groupSend(t, "some", "still with b")
	l.receives(t, "a", "without b")
	l.receives(t, "b", "still with b")
	l.empty(t, "a")
}

func groupTwice(t *testing.T, l *layer) {
	l.groupAdd(t, "all", "a")
	l.groupAdd(t, "all", "a")
	l.groupSend(t, "all", "once")
	l.receives(t, "a", "once")
	l.empty(t, "a")
	ok(t, l.GroupDiscard(t.Context(), "all", "a"))
	l.groupSend(t, "all", "to nobody")
	l.empty(t, "a")
}

func groupStranger(t *testing.T, l *layer) {
	ok(t, l.GroupDiscard(t.Context(), "nowhere", "stranger"))
	l.groupAdd(t, "all", "a")
	ok(t, l.GroupDiscard(t.Context(), "all", "stranger"))
	ok(t, l.GroupDiscard(t.Context(), "nowhere", "a"))
	l.groupSend(t, "all", "hi")
	l.receives(t, "a", "hi")
	l.empty(t, "stranger")
}

func groupFull(t *testing.T, l *layer) {
	members := []string{"a", "full", "b"}
	for _, m := range members {
		l.groupAdd(t, "all", m)
	}
	for _, text := range []string{"1", "2", "3"} {
		l.groupSend(t, "all", text)
	}
	l.receives(t, "a", "1", "2", "3")
	l.receives(t, "b", "1", "2", "3")
	l.receives(t, "full", "1")
	l.groupSend(t, "all", "4")
	for _, m := range members {
		l.receives(t, m, "4")
	}
	if d := l.Drops(); d != (hub.Drops{Full: 2}) {
		t.Errorf("drops are %+v", d)
	}
}

func groupOrder(t *testing.T, l *layer) {
	const each = 50
	members := []string{"a", "b"}
	for _, m := range members {
		l.groupAdd(t, "even", m)
		l.groupAdd(t, "odd", m)
	}
	for i := range each {
		switch i % 3 {
		case 0:
			l.groupSend(t, "even", fmt.Sprint(i))
		case 1:
			l.groupSend(t, "odd", fmt.Sprint(i))
		default:
			l.send(t, "a", fmt.Sprint(i))
			l.send(t, "b", fmt.Sprint(i))
		}
	}
	for _, m := range members {
		for i := range each {
			l.receives(t, m, fmt.Sprint(i))
		}
	}
}

func groupExpiry(t *testing.T, l *layer) {
	l.groupAdd(t, "all", "gone")
	<-time.After(60 * time.Millisecond)
	l.groupSend(t, "all", "is anybody there?")
	l.empty(t, "gone")
}

func groupLives(t *testing.T, l *layer) {
	in, woken := l.own(t, "owned")
	l.groupAdd(t, "all", "owned")
	received, lining := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(received)
		close(lining)
		l.receives(t, "waits", "ready?", "still there?")
	}()
	<-lining
	l.send(t, "waits", "ready?")
	<-time.After(100 * time.Millisecond)
	l.groupAdd(t, "all", "waits") // its reader waits since long
	<-time.After(200 * time.Millisecond)
	l.groupSend(t, "all", "still there?")
	<-received
	if got := next(t, in, woken); got != "still there?" {
		t.Errorf("the owner was given %q", got)
	}
}

// What it gives is of no matter: nothing may race, panic, hang or be left.
func groupTumult(t *testing.T, l *layer) {
	ctx := within(t, patience)
	name := func() string { return string(rune('a' + rand.IntN(3))) }
	receive := func() {
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		_, _ = l.Receive(short, name())
	}
	own := func() {
		in, err := l.Own(ctx, name(), func() {})
		ok(t, err)
		in.Next()
		in.Close()
		in.Close()
	}
	acts := []func(){
		receive, own,
		func() { _ = l.Send(ctx, name(), []byte("message")) },
		func() { ok(t, l.GroupSend(ctx, name(), []byte("message"))) },
		func() { ok(t, l.GroupAdd(ctx, name(), name())) },
		func() { ok(t, l.GroupDiscard(ctx, name(), name())) },
		func() { ok(t, l.Flush(ctx)); l.Drops() },
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 300 {
				acts[rand.IntN(len(acts))]()
			}
		})
	}
	all.Wait()
}

func ownerWoken(t *testing.T, l *layer) {
	l.send(t, "inbox", "was there before")
	in, woken := l.own(t, "inbox")
	if got := next(t, in, woken); got != "was there before" {
		t.Errorf("was given %q", got)
	}
	if m, got := in.Next(); got {
		t.Errorf("an empty channel gave %q", m)
	}
	l.groupAdd(t, "all", "inbox")
	for what, send := range map[string]func(*testing.T, string, string){"all": l.groupSend, "inbox": l.send} {
		send(t, what, "to "+what)
		if got := next(t, in, woken); got != "to "+what {
			t.Errorf("was given %q, want what was sent to %s", got, what)
		}
	}
	if m, got := in.Next(); got {
		t.Errorf("an empty channel gave %q", m)
	}
}

func ownersCompete(t *testing.T, l *layer) {
	const messages = 60
	got := make(chan string, 2*messages)
	for range 3 {
		var in hub.Inbox
		var mu sync.Mutex // wake may come before Own returns
		mu.Lock()
		in, err := l.Own(t.Context(), "work", func() {
			go func() {
				mu.Lock()
				defer mu.Unlock()
				for m, ok := in.Next(); ok; m, ok = in.Next() {
					got <- string(m)
				}
			}()
		})
		mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(in.Close)
	}
	for i := range messages {
		l.send(t, "work", fmt.Sprint(i))
	}
	eachOnce(t, got, messages)
}

func ownerCapacity(t *testing.T, l *layer) {
	in, woken := l.own(t, "inbox")
	l.fills(t, "inbox", 2)
	for _, want := range []string{"0", "1"} {
		if got := more(t, in, woken); got != want {
			t.Errorf("was given %q, want %q", got, want)
		}
	}
	l.send(t, "inbox", "there is room again")
}

func ownerCloses(t *testing.T, l *layer) {
	first, _ := l.own(t, "inbox")
	second, _ := l.own(t, "inbox")
	l.groupAdd(t, "all", "inbox")
	l.send(t, "inbox", "unread")
	first.Close()
	first.Close()
	if m, got := first.Next(); got {
		t.Errorf("a closed inbox gave %q", m)
	}
	l.groupSend(t, "all", "unread too")
	second.Close()
	if d := l.Drops(); d != (hub.Drops{Abandoned: 2}) {
		t.Errorf("drops are %+v", d)
	}
	l.groupSend(t, "all", "to nobody")
	l.empty(t, "inbox")
	l.send(t, "inbox", "a channel needs no owner")
	l.receives(t, "inbox", "a channel needs no owner")
}
