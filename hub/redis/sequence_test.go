package redis

import (
	"fmt"
	"sync"
	"testing"

	"hubbub/hub"
)

func number(t *testing.T, l *Layer, text string) *hub.Entry {
	t.Helper()
	type outcome struct {
		e   *hub.Entry
		err error
	}
	done := make(chan outcome, 1)
	e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Text: text, Origin: "scope"}
	l.PublishNext(t.Context(), "lobby", e, func(e *hub.Entry, err error) { done <- outcome{e, err} })
	o := <-done
	ok(t, o.err)
	return o.e
}

// Two hubs number the events of a room together, and each hears all of them.
func TestHubsNumberTogether(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	heard := []<-chan *hub.Entry{listen(t, a, "lobby"), listen(t, b, "lobby")}
	_, epoch, err := a.Sequence(t.Context(), "lobby")
	ok(t, err)
	const each = 200
	var all sync.WaitGroup
	for i, l := range []*Layer{a, b} {
		all.Go(func() {
			for n := range each {
				number(t, l, fmt.Sprint(i, n))
			}
		})
	}
	all.Wait()
	for i, heard := range heard {
		seen := map[int64]string{}
		for range 2 * each {
			e := <-heard
			seen[e.Event.Seq] = e.Event.Text
			if e.Event.Origin != "scope" {
				t.Fatalf("hub %d heard an event of scope %q", i, e.Event.Origin)
			}
		}
		for seq := int64(1); seq <= 2*each; seq++ {
			if seen[seq] == "" {
				t.Errorf("hub %d did not hear seq %d", i, seq)
			}
		}
	}
	if head, again, err := b.Sequence(t.Context(), "lobby"); head != 2*each || again != epoch || err != nil {
		t.Errorf("the sequence stands at %d of %q, %v", head, again, err)
	}
}

// A server that lost its memory goes on from what the hubs know.
func TestASequenceOutlivesTheServersMemory(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	listen(t, a, "lobby")
	heard := listen(t, b, "lobby")
	_, epoch, err := a.Sequence(t.Context(), "lobby")
	ok(t, err)
	for range 3 {
		number(t, a, "before")
		<-heard
	}
	ok(t, a.rdb.Del(t.Context(), a.key("sequence", "lobby")).Err())
	if e := number(t, a, "after"); e.Event.Seq != 4 {
		t.Errorf("the event after has seq %d", e.Event.Seq)
	}
	if e := <-heard; e.Event.Seq != 4 || e.Event.Text != "after" {
		t.Errorf("the other hub heard %s", e.JSON)
	}
	if head, again, err := a.Sequence(t.Context(), "lobby"); head != 4 || again != epoch || err != nil {
		t.Errorf("the sequence stands at %d of %q, %v; want 4 of %q", head, again, err, epoch)
	}
}

// A sequence lasts while somebody listens, also where the others do not: nobody
// begins it anew.
func TestASequenceLastsWhileSomebodyListens(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	heard := listen(t, a, "lobby")
	_, epoch, err := a.Sequence(t.Context(), "lobby")
	ok(t, err)
	for range 3 {
		number(t, b, "before")
		<-heard
	}
	ok(t, a.rdb.Del(t.Context(), a.key("sequence", "lobby")).Err())
	if !a.renewSequences() {
		t.Fatal("not renewed")
	}
	if e := number(t, b, "after"); e.Event.Seq != 4 {
		t.Errorf("a hub that does not listen goes on with seq %d", e.Event.Seq)
	}
	if head, again, err := b.Sequence(t.Context(), "lobby"); head != 4 || again != epoch || err != nil {
		t.Errorf("the sequence stands at %d of %q, %v; want 4 of %q", head, again, err, epoch)
	}
}

// A sequence that begins with an event of a hub that does not listen has an epoch.
func TestASequenceHasAnEpoch(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	number(t, a, "first")
	if head, epoch, err := b.Sequence(t.Context(), "lobby"); head != 1 || epoch == "" || err != nil {
		t.Errorf("the sequence stands at %d of %q, %v", head, epoch, err)
	}
}
