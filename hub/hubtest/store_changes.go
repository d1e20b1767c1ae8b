package hubtest

import (
	"strings"
	"testing"

	"hubbub/hub"
)

// about returns a change of the message target, complete but for what the store
// gives.
func about(typ, user, target, text string, detail any) hub.Event {
	e := said("lobby", user, "", text)
	e.Type, e.Target, e.Detail = typ, target, detail
	return e
}

func (s *store) edit(t *testing.T, user, target, text string) *hub.Entry {
	t.Helper()
	return s.mustAppend(t, about(hub.TypeEditedMessage, user, target, text, nil)).Entry
}

// log returns the JSON of the room's events, one a line.
func (s *store) log(t *testing.T) string {
	t.Helper()
	page, _, err := s.ReadAfter(t.Context(), "lobby", 0, hub.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i, e := range page {
		if e.Event.Seq != int64(i+1) {
			t.Errorf("event %d has seq %d", i+1, e.Event.Seq)
		}
		b.Write(e.JSON)
		b.WriteByte('\n')
	}
	return b.String()
}

// at returns the event of seq as the log has it now.
func (s *store) at(t *testing.T, seq int64) *hub.Event {
	t.Helper()
	page, _, err := s.ReadAfter(t.Context(), "lobby", seq-1, 1)
	if err != nil || len(page) != 1 {
		t.Fatalf("read seq %d: %d, %v", seq, len(page), err)
	}
	return &page[0].Event
}

func (s *store) standing(t *testing.T, seq int64) hub.Standing {
	t.Helper()
	if st, ok := s.at(t, seq).Detail.(*hub.Standing); ok {
		return *st
	}
	return hub.Standing{}
}

// An edit changes the message, and takes the text before away wherever it was.
func storeEdits(t *testing.T, s *store) {
	s.room(t, "lobby")
	m := said("lobby", "ada", "r1", "first secret")
	m.Data = []byte(`{"kept":true}`)
	m.ID = hub.NewID()
	s.mustAppend(t, m)
	s.mustAppend(t, said("lobby", "bob", "", "between"))
	s.edit(t, "ada", m.ID, "second secret")
	last := s.edit(t, "ada", m.ID, "what stands")
	if rev, ok := last.Event.Detail.(*hub.Revision); !ok || rev.Replaces != 3 || rev.Rev != 0 {
		t.Errorf("the second edit's detail is %+v", last.Event.Detail)
	}
	for range 2 {
		if log := s.log(t); strings.Contains(log, "secret") || strings.Count(log, "what stands") != 2 {
			t.Errorf("the log is\n%s", log)
		}
		if e := s.at(t, 1); e.Text != "what stands" || string(e.Data) != `{"kept":true}` || e.Ref != "r1" || e.From.ID != "ada" {
			t.Errorf("the message is %+v", e)
		}
		if st := s.standing(t, 1); st.Rev != 4 || st.Edited != 4 {
			t.Errorf("it stands at %+v", st)
		}
		if rev, ok := s.at(t, 3).Detail.(*hub.Revision); !ok || rev.Rev != 4 || rev.Replaces != 1 {
			t.Errorf("the first edit's detail is %+v", s.at(t, 3).Detail)
		}
		s.reopen(t)
	}
}

// A ref stays one message, whatever became of the message.
func storeRefsOfChanged(t *testing.T, s *store) {
	s.room(t, "lobby")
	m := said("lobby", "ada", "r1", "first")
	first := s.mustAppend(t, m).Entry
	edit := about(hub.TypeEditedMessage, "ada", m.ID, "second", nil)
	edit.Ref = "r2"
	s.mustAppend(t, edit)
	s.edit(t, "ada", m.ID, "third")
	again := func(e hub.Event, seq int64) {
		t.Helper()
		e.ID = hub.NewID()
		if a, err := s.append(t, e); err != nil || !a.Repeated || a.Entry.Event.Seq != seq {
			t.Errorf("the ref %s again: %+v, %v", e.Ref, a, err)
		}
	}
	for range 2 {
		again(m, first.Event.Seq)
		again(edit, 2)
		s.reopen(t)
	}
	s.mustAppend(t, about(hub.TypeDeletedMessage, "ada", m.ID, "", nil))
	again(m, first.Event.Seq)
	again(edit, 2)
	for _, text := range []string{"third", ""} {
		if _, err := s.append(t, said("lobby", "ada", "r1", text)); hub.CodeOf(err) != hub.Conflict {
			t.Errorf("the ref with what the message says now, %q: %v, want %s", text, err, hub.Conflict)
		}
	}
}

// A deletion leaves the places in the log and nothing of what was said.
func storeDeletions(t *testing.T, s *store) {
	s.room(t, "lobby")
	m := said("lobby", "ada", "", "secret")
	m.Data, m.Buttons = []byte(`"secret"`), []hub.Button{{Action: "secret", Label: "secret"}}
	s.mustAppend(t, m)
	s.edit(t, "ada", m.ID, "second secret")
	s.mustAppend(t, about(hub.TypeReacted, "bob", m.ID, "", &hub.Reaction{Emoji: "👍"}))
	s.mustAppend(t, about(hub.TypeDeletedMessage, "ada", m.ID, "", nil))
	for range 2 {
		if log := s.log(t); strings.Contains(log, "secret") {
			t.Errorf("the log is\n%s", log)
		}
		if st := s.standing(t, 1); !st.Deleted || st.Rev != 4 || st.Edited != 0 || st.Reactions != nil {
			t.Errorf("it stands at %+v", st)
		}
		s.reopen(t)
	}
	for _, e := range []hub.Event{
		about(hub.TypeEditedMessage, "ada", m.ID, "again", nil),
		about(hub.TypeDeletedMessage, "ada", m.ID, "", nil),
		about(hub.TypeReacted, "ada", m.ID, "", &hub.Reaction{Emoji: "👍"}),
		about(hub.TypePressedButton, "ada", m.ID, "", &hub.Press{Action: "secret"}),
	} {
		if _, err := s.append(t, e); hub.CodeOf(err) != hub.Conflict {
			t.Errorf("%s of a deleted message: %v, want %s", e.Type, err, hub.Conflict)
		}
	}
}

func storeReactions(t *testing.T, s *store) {
	s.room(t, "lobby")
	m := said("lobby", "ada", "", "hi")
	s.mustAppend(t, m)
	for _, r := range []struct {
		user, emoji string
		remove      bool
	}{
		{"ada", "👍", false},
		{"bob", "👍", false},
		{"bob", "👍", false}, // twice is once
		{"bob", "🫖", false},
		{"cat", "👍", true}, // what is not there
		{"ada", "👍", true},
		{"cat", "🎉", false},
		{"cat", "🎉", true},
	} {
		s.mustAppend(t, about(hub.TypeReacted, r.user, m.ID, "", &hub.Reaction{Emoji: r.emoji, Remove: r.remove}))
	}
	want := `"text":"hi","rev":9,"reactions":[{"emoji":"👍","users":["bob"]},{"emoji":"🫖","users":["bob"]}]}`
	for range 2 {
		if log := s.log(t); !strings.Contains(log, want) {
			t.Errorf("the log is\n%s", log)
		}
		s.reopen(t)
	}
}

// A change that cannot be is refused, alone, and leaves no trace.
func storeRefusedChanges(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "attic")
	m, elsewhere := said("lobby", "ada", "", "hi"), said("attic", "ada", "", "hi")
	m.Buttons = []hub.Button{{Action: "go", Label: "Go"}}
	s.mustAppend(t, m)
	s.mustAppend(t, elsewhere)
	pressed := s.mustAppend(t, about(hub.TypePressedButton, "bob", m.ID, "", &hub.Press{Action: "go"})).Entry
	before := s.log(t)
	for _, test := range []struct {
		name string
		e    hub.Event
		code hub.Code
	}{
		{"an edit of another's", about(hub.TypeEditedMessage, "bob", m.ID, "mine", nil), hub.Forbidden},
		{"a deletion of another's", about(hub.TypeDeletedMessage, "bob", m.ID, "", nil), hub.Forbidden},
		{"an edit of nothing", about(hub.TypeEditedMessage, "ada", hub.NewID(), "x", nil), hub.NotFound},
		{"an edit without a target", about(hub.TypeEditedMessage, "ada", "", "x", nil), hub.NotFound},
		{"an edit of another room's", about(hub.TypeEditedMessage, "ada", elsewhere.ID, "x", nil), hub.NotFound},
		{"an edit of what is no message", about(hub.TypeEditedMessage, "bob", pressed.Event.ID, "x", nil), hub.NotFound},
		{"a button that is not there", about(hub.TypePressedButton, "bob", m.ID, "", &hub.Press{Action: "stop"}), hub.NotFound},
	} {
		if a, err := s.append(t, test.e, hub.State{Key: "k", Value: []byte("v")}); hub.CodeOf(err) != test.code {
			t.Errorf("%s: %+v, %v, want %s", test.name, a, err, test.code)
		}
	}
	if after := s.log(t); after != before {
		t.Errorf("the log was\n%s and is\n%s", before, after)
	}
	if v, err := s.State(t.Context(), "k"); v != nil || err != nil {
		t.Errorf("state of what was refused is %q, %v", v, err)
	}
}

// What one commit holds is changed by what follows in it.
func storeChangesTogether(t *testing.T, s *store) {
	s.room(t, "lobby")
	const messages, edits = 20, 5
	done := make(chan error, messages*(edits+1))
	for range messages {
		m := said("lobby", "ada", "", "secret")
		events := []hub.Event{m}
		for range edits - 1 {
			events = append(events, about(hub.TypeEditedMessage, "ada", m.ID, "secret", nil))
		}
		for _, e := range append(events, about(hub.TypeEditedMessage, "ada", m.ID, "stands", nil)) {
			if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if log := s.log(t); strings.Contains(log, "secret") || strings.Count(log, "stands") != 2*messages {
		t.Errorf("the log is\n%s", log)
	}
}

// Ids ascend with seq, whatever clock they were made by.
func storeIDs(t *testing.T, s *store) {
	s.room(t, "lobby")
	ahead, last := said("lobby", "ada", "", "from a clock that is ahead"), ""
	ahead.ID = "7zzzzzzzz0" + ahead.ID[10:] // of the year 10889
	events := []hub.Event{said("lobby", "ada", "", "hi"), ahead}
	for range 5 {
		events = append(events, said("lobby", "ada", "", "hi"))
	}
	for i, e := range events {
		if i == 4 {
			s.reopen(t)
		}
		id := s.mustAppend(t, e).Entry.Event.ID
		if id <= last || len(id) != len(e.ID) {
			t.Errorf("event %d has the id %s, after %s", i, id, last)
		}
		if last = id; s.at(t, int64(2*i+1)).ID != id {
			t.Errorf("event %d has another id in the log", i)
		}
		s.mustAppend(t, about(hub.TypeReacted, "bob", id, "", &hub.Reaction{Emoji: "👍"}))
	}
}
