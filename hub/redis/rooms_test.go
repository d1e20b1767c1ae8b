package redis

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// screen is a scope's way out.
type screen chan hub.Event

func (s screen) Send(e hub.Event) error {
	s <- e
	return nil
}

// Two hubs share a log, and a layer that loses its connection: who reads at one of
// them sees what is written at the other, in order, without a hole.
func TestRoomsOfTwoHubs(t *testing.T) {
	const events, cuts = 300, 5
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ok(t, store.Close()) })
	p, cut, whole := wire(t)
	opened := func(l hub.Layer) *hub.Hub {
		h := hub.New(store, l, hub.Options{Logger: slog.New(slog.DiscardHandler)})
		t.Cleanup(h.Close)
		return h
	}
	here, there := opened(whole), opened(cut)
	scope := func(user string) *hub.Scope {
		return &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: user, Name: user, Kind: hub.Guest}}
	}
	said := 0
	say := func() {
		t.Helper()
		said++
		done := make(chan error, 1)
		here.Publish(t.Context(), scope("ada"), &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: fmt.Sprint(said)},
			func(_ *hub.Entry, err error) { done <- err })
		ok(t, <-done)
	}
	sees := make(screen, 10*events)
	sub, joined, err := there.Join(t.Context(), scope("bob"), &hub.Event{Type: hub.TypeRoomJoin, Room: "lobby"}, sees)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.End()
	if len(joined.Present.Users) != 1 {
		t.Errorf("present are %v", joined.Present)
	}
	sub.Start()
	for range events {
		if say(); said%(events/cuts) == 0 {
			p.Cut()
		}
	}
	deadline := time.After(patience)
	for seq := int64(1); seq <= events; {
		select {
		case e := <-sees:
			if e.Seq == 0 {
				continue // presence
			}
			if e.Seq != seq || e.Text != fmt.Sprint(seq) {
				t.Fatalf("saw %d: %s, want %d", e.Seq, e.Text, seq)
			}
			seq++
		case <-time.After(20 * time.Millisecond):
			say() // what was lost last is found with the next event
		case <-deadline:
			t.Fatalf("saw %d of %d", seq-1, events)
		}
	}
}
