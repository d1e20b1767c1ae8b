package hubtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hubbub/hub"
)

// trim trims until there is no more to take.
func (s *store) trim(t *testing.T, keep hub.Keep) hub.RoomInfo {
	t.Helper()
	for {
		info, more, err := s.Trim(t.Context(), "lobby", keep)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return info
		}
	}
}

// kept fails unless the log holds the events from first to head.
func (s *store) kept(t *testing.T, first, head int64) {
	t.Helper()
	if info := s.room(t, "lobby"); info.First != first || info.Head != head {
		t.Errorf("the room is %+v, want first %d, head %d", info, first, head)
	}
	after, more, err := s.ReadAfter(t.Context(), "lobby", 0, hub.MaxPage)
	if err != nil || more || int64(len(after)) != head+1-first {
		t.Errorf("%d events above 0, more %v, %v; want %d to %d", len(after), more, err, first, head)
	}
	before, more, err := s.ReadBefore(t.Context(), "lobby", head+1, hub.MaxPage)
	if err != nil || more || len(before) != len(after) {
		t.Errorf("%d events below the end, more %v, %v", len(before), more, err)
	}
	for i, e := range after {
		if e.Event.Seq != first+int64(i) || before[i].Event.Seq != e.Event.Seq {
			t.Fatalf("event %d has seq %d", i, e.Event.Seq)
		}
	}
}

// Trimming takes the oldest events, and restarts neither seq nor refs.
func storeTrims(t *testing.T, s *store) {
	s.room(t, "lobby")
	const events = 50
	for i := range events {
		ref := ""
		if i%2 == 1 {
			ref = fmt.Sprint("r", i)
		}
		s.mustAppend(t, said("lobby", "ada", ref, "secret"))
	}
	s.trim(t, hub.Keep{})
	s.kept(t, 1, events)
	s.trim(t, hub.Keep{Events: events, Age: time.Hour})
	s.kept(t, 1, events)
	if info := s.trim(t, hub.Keep{Events: 10}); info.First != events-9 || info.Head != events {
		t.Errorf("trimmed to %+v", info)
	}
	for range 2 {
		s.kept(t, events-9, events)
		s.reopen(t)
	}
	old := said("lobby", "ada", "r7", "secret")
	if a := s.mustAppend(t, old); !a.Repeated || a.Entry.Event.Seq != 8 || a.Entry.Event.Text != "" {
		t.Errorf("the ref of what was trimmed: %+v", a)
	}
	if _, err := s.append(t, said("lobby", "ada", "r7", "other")); hub.CodeOf(err) != hub.Conflict {
		t.Errorf("another use of the ref of what was trimmed: %v, want %s", err, hub.Conflict)
	}
	trimmed := s.mustAppend(t, old).Entry.Event.ID
	if _, err := s.append(t, about(hub.TypeReacted, "bob", trimmed, "", &hub.Reaction{Emoji: "👍"})); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("a reaction to what was trimmed: %v, want %s", err, hub.NotFound)
	}
	s.trim(t, hub.Keep{Age: time.Nanosecond})
	s.kept(t, events+1, events)
	if a := s.mustAppend(t, said("lobby", "ada", "", "on")); a.Entry.Event.Seq != events+1 {
		t.Errorf("the log goes on with seq %d", a.Entry.Event.Seq)
	}
	s.kept(t, events+1, events+1)
}

// What many commits must take is taken in many, also while others write.
func storeTrimsMuch(t *testing.T, s *store) {
	s.room(t, "lobby")
	const events = 5000
	done := make(chan error, events)
	for i := range events {
		e := said("lobby", "ada", fmt.Sprint(i), strings.Repeat("x", 10))
		if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
			t.Fatal(err)
		}
	}
	for range events {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	s.trim(t, hub.Keep{Events: 1})
	s.kept(t, events, events)
}
