package hubtest

import (
	"testing"

	"hubbub/hub"
)

// turn appends several events in one commit, and waits for the outcome.
func (s *store) turn(t *testing.T, events []hub.Event, rows ...hub.State) (hub.Appended, error) {
	t.Helper()
	type outcome struct {
		a   hub.Appended
		err error
	}
	done := make(chan outcome, 2)
	err := s.Append(t.Context(), hub.Append{Event: events[0], Then: events[1:], State: rows, Done: func(a hub.Appended, err error) {
		done <- outcome{a, err}
	}})
	if err != nil {
		return hub.Appended{}, err
	}
	o := <-done
	return o.a, o.err
}

// A turn of several events is one commit, and one repetition.
func storeTurns(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "attic")
	turn := func() []hub.Event {
		return []hub.Event{said("lobby", "bot", "a", "one"), said("attic", "bot", "b", "two"), said("lobby", "bot", "c", "three")}
	}
	a, err := s.turn(t, turn(), hub.State{Key: "k", Value: []byte("1")})
	if err != nil || a.Repeated || a.Entry.Event.Seq != 1 || len(a.Then) != 2 || a.Then[0].Event.Room != "attic" || a.Then[1].Event.Seq != 2 {
		t.Fatalf("a turn is %+v, %v", a, err)
	}
	for range 2 {
		again, err := s.turn(t, turn(), hub.State{Key: "k", Value: []byte("2")})
		if err != nil || !again.Repeated || len(again.Then) != 2 || again.Then[1].Event.ID != a.Then[1].Event.ID {
			t.Errorf("the turn again is %+v, %v", again, err)
		}
		if v, err := s.State(t.Context(), "k"); string(v) != "1" || err != nil {
			t.Errorf("its state is %q, %v", v, err)
		}
		s.reopen(t)
	}
}

// What refuses one event of a turn refuses all, and nothing else that is
// committed with it.
func storeRefusedTurns(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "attic")
	s.mustAppend(t, said("lobby", "bot", "used", "before"))
	done := make(chan error, 6)
	for i, e := range []hub.Event{
		said("lobby", "ada", "r1", "hi"), {},
		said("attic", "ada", "r2", "hi"), {},
		said("lobby", "ada", "r3", "hi"), {},
	} {
		a := hub.Append{Event: e, Done: func(_ hub.Appended, err error) {
			if (hub.CodeOf(err) == hub.Conflict) != (i%2 == 1) && err != nil {
				t.Errorf("event %d: %v", i, err)
			}
			done <- err
		}}
		if i%2 == 1 {
			a.Event = said("lobby", "bot", "new", "taken back")
			a.Then = []hub.Event{said("attic", "bot", "", "taken back"), said("lobby", "bot", "used", "for another")}
			a.State = []hub.State{{Key: "k", Value: []byte("v")}}
		}
		if err := s.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for range cap(done) {
		if <-done != nil {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%d turns were refused, want 3", refused)
	}
	for range 2 {
		for room, head := range map[string]int64{"lobby": 3, "attic": 1} {
			page, _, err := s.ReadAfter(t.Context(), room, 0, 10)
			if info := s.room(t, room); info.Head != head || int64(len(page)) != head || err != nil {
				t.Errorf("room %s has head %d and %d events, %v; want %d", room, info.Head, len(page), err, head)
			}
		}
		if v, err := s.State(t.Context(), "k"); v != nil || err != nil {
			t.Errorf("state of what was refused is %q, %v", v, err)
		}
		s.reopen(t)
	}
	if a := s.mustAppend(t, said("lobby", "bot", "new", "another")); a.Repeated || a.Entry.Event.Seq != 4 {
		t.Errorf("the ref of what was taken back: %+v", a)
	}
}
