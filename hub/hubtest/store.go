package hubtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
)

// OpenStore opens the store that a test keeps in dir, for a second time after
// it was closed too.
type OpenStore func(t *testing.T, dir string) hub.Store

// TestStore proves the contract of [hub.Store].
func TestStore(t *testing.T, open OpenStore) {
	tests := []struct {
		name string
		run  func(*testing.T, *store)
	}{
		{"rooms are made once and listed", storeRooms},
		{"outcomes come in the order of seq, which has no holes", storeOrder},
		{"a log is as it was accepted, after a restart too", storeReopened},
		{"a ref is one message, after a restart too", storeRefs},
		{"refs of one commit see each other", storeRefsTogether},
		{"pages go both ways", storePages},
		{"a page ends when it grows large", storeLargePages},
		{"state is committed with its event", storeState},
		{"an edit takes the text before away", storeEdits},
		{"a ref stays one message when that is changed", storeRefsOfChanged},
		{"a deletion leaves nothing of what was said", storeDeletions},
		{"reactions are folded in", storeReactions},
		{"a change that cannot be is refused", storeRefusedChanges},
		{"ids ascend with seq", storeIDs},
		{"changes of one commit see each other", storeChangesTogether},
		{"trimming restarts neither seq nor refs", storeTrims},
		{"much is trimmed in many commits", storeTrimsMuch},
		{"a deleted room is gone, and another one when it is made again", storeDeletes},
		{"a room is deleted while others write", storeDeletesUnderWay},
		{"a turn of several events is one commit", storeTurns},
		{"a turn is refused as a whole", storeRefusedTurns},
		{"members are admitted once and listed by pages", storeMembers},
		{"a member's mark of what is read goes forward", storeReadMarks},
		{"a closed store refuses", storeClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &store{open: open, dir: t.TempDir()}
			s.reopen(t)
			t.Cleanup(func() { _ = s.Close() })
			test.run(t, s)
		})
	}
}

// store is the store under test with what the tests do to it.
type store struct {
	hub.Store
	open OpenStore
	dir  string
}

func (s *store) reopen(t *testing.T) {
	t.Helper()
	if s.Store != nil {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s.Store = s.open(t, s.dir)
}

func (s *store) room(t *testing.T, name string) hub.RoomInfo {
	t.Helper()
	info, err := s.OpenRoom(t.Context(), name, true)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// append appends and waits for the outcome.
func (s *store) append(t *testing.T, e hub.Event, rows ...hub.State) (hub.Appended, error) {
	t.Helper()
	type outcome struct {
		hub.Appended
		err error
	}
	done := make(chan outcome, 2)
	err := s.Append(t.Context(), hub.Append{Event: e, State: rows, Done: func(a hub.Appended, err error) {
		done <- outcome{a, err}
	}})
	if err != nil {
		return hub.Appended{}, err
	}
	o := <-done
	return o.Appended, o.err
}

func (s *store) mustAppend(t *testing.T, e hub.Event, rows ...hub.State) hub.Appended {
	t.Helper()
	a, err := s.append(t, e, rows...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// said returns an event of user in room, complete but for what the store gives.
func said(room, user, ref, text string) hub.Event {
	return hub.Event{
		Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Ref: ref, Text: text, Origin: "scope-" + user,
		From: hub.Participant{ID: user, Name: strings.ToUpper(user), Kind: hub.Guest, Via: "websocket"},
	}
}

func seqs(page []*hub.Entry) []int64 {
	var s []int64
	for _, e := range page {
		s = append(s, e.Event.Seq)
	}
	return s
}

func storeRooms(t *testing.T, s *store) {
	if _, err := s.OpenRoom(t.Context(), "lobby", false); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("opening a room that is not there: %v, want %s", err, hub.NotFound)
	}
	made, again := s.room(t, "lobby"), s.room(t, "lobby")
	if made != again || made.Head != 0 || made.First != 1 || made.Epoch == "" {
		t.Errorf("room was %+v, then %+v", made, again)
	}
	s.room(t, "attic")
	s.reopen(t)
	rooms, err := hub.AllRooms(t.Context(), s)
	if err != nil || len(rooms) != 2 || rooms[0].Name != "attic" || rooms[1] != made {
		t.Errorf("rooms are %+v, %v", rooms, err)
	}
	for after, want := range map[string]string{"": "attic", "attic": "lobby", "b": "lobby", "lobby": ""} {
		page, err := s.Rooms(t.Context(), after, 1)
		if err != nil || len(page) > 1 || (len(page) == 1) != (want != "") || want != "" && page[0].Name != want {
			t.Errorf("the room after %q is %+v, %v; want %q", after, page, err, want)
		}
	}
}

func storeOrder(t *testing.T, s *store) {
	const senders, each = 8, 50
	s.room(t, "a")
	s.room(t, "b")
	var mu sync.Mutex
	got := map[string][]int64{}
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			var done sync.WaitGroup
			for i := range each {
				room := string("ab"[i%2])
				done.Add(1)
				err := s.Append(context.Background(), hub.Append{
					Event: said(room, fmt.Sprint("u", sender), fmt.Sprint(i), "hi"),
					Done: func(a hub.Appended, err error) {
						defer done.Done()
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							t.Error(err)
							return
						}
						got[room] = append(got[room], a.Entry.Event.Seq)
					},
				})
				if err != nil {
					t.Error(err)
					done.Done()
				}
			}
			done.Wait()
		})
	}
	wg.Wait()
	for room, outcomes := range got {
		if len(outcomes) != senders*each/2 {
			t.Errorf("room %s: %d outcomes", room, len(outcomes))
		}
		for i, seq := range outcomes {
			if seq != int64(i+1) {
				t.Fatalf("room %s: outcome %d is of seq %d", room, i, seq)
			}
		}
	}
}

func storeReopened(t *testing.T, s *store) {
	before := s.room(t, "lobby")
	e := said("lobby", "ada", "r1", "naïve 🫖 <b>&\n\"quoted\"")
	e.Data = []byte(`{"temp":21.50,"big":12345678901234567890}`)
	e.Buttons = []hub.Button{{Action: "go", Label: "Go"}}
	e.ReplyTo = hub.NewID()
	accepted := s.mustAppend(t, e).Entry
	if accepted.Event.Seq != 1 || accepted.Event.At.IsZero() || accepted.Event.At.Location().String() != "UTC" {
		t.Errorf("accepted as seq %d at %v", accepted.Event.Seq, accepted.Event.At)
	}
	s.reopen(t)
	after := s.room(t, "lobby")
	if before.Head = 1; after != before {
		t.Errorf("room is %+v, want %+v", after, before)
	}
	page, more, err := s.ReadAfter(t.Context(), "lobby", 0, 10)
	if err != nil || more || len(page) != 1 {
		t.Fatalf("read %d, %v, %v", len(page), more, err)
	}
	if got := page[0]; string(got.JSON) != string(accepted.JSON) ||
		!hub.SameContent(&got.Event, &e) || got.Event.ID != e.ID || got.Event.From != e.From ||
		!got.Event.At.Equal(accepted.Event.At) || got.Event.Origin != e.Origin {
		t.Errorf("read %s\nwant %s", got.JSON, accepted.JSON)
	}
	if next := s.mustAppend(t, said("lobby", "ada", "", "on")); next.Entry.Event.Seq != 2 {
		t.Errorf("the log goes on with seq %d", next.Entry.Event.Seq)
	}
}

func storeRefs(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "attic")
	first := s.mustAppend(t, said("lobby", "ada", "r1", "hi")).Entry
	for range 2 {
		again := s.mustAppend(t, said("lobby", "ada", "r1", "hi"))
		if !again.Repeated || string(again.Entry.JSON) != string(first.JSON) {
			t.Errorf("the same ref again: repeated %v, %s", again.Repeated, again.Entry.JSON)
		}
		if _, err := s.append(t, said("lobby", "ada", "r1", "other")); hub.CodeOf(err) != hub.Conflict {
			t.Errorf("the same ref for other content: %v, want %s", err, hub.Conflict)
		}
		kept, err := s.Kept(t.Context(), "lobby", "ada", []string{"r0", "r1"})
		want := []hub.Kept{{Ref: "r1", ID: first.Event.ID, Seq: first.Event.Seq}}
		if err != nil || !slices.Equal(kept, want) {
			t.Errorf("kept %v, %v", kept, err)
		}
		s.reopen(t)
	}
	for _, other := range []hub.Event{said("lobby", "bob", "r1", "hi"), said("attic", "ada", "r1", "hi"), said("lobby", "ada", "", "hi")} {
		if a := s.mustAppend(t, other); a.Repeated {
			t.Errorf("%+v was taken for a repetition", other)
		}
	}
}

func storeRefsTogether(t *testing.T, s *store) {
	s.room(t, "lobby")
	const times = 100
	outcomes := make(chan hub.Appended, times)
	for range times {
		err := s.Append(t.Context(), hub.Append{Event: said("lobby", "ada", "r1", "hi"), Done: func(a hub.Appended, err error) {
			if err != nil {
				t.Error(err)
			}
			outcomes <- a
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for range times {
		if a := <-outcomes; a.Entry != nil {
			ids = append(ids, a.Entry.Event.ID)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 1 || s.room(t, "lobby").Head != 1 {
		t.Errorf("%d ids, head %d", len(ids), s.room(t, "lobby").Head)
	}
}

func storePages(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "between") // so that a room's rows are not neighbours
	for i := range 10 {
		s.mustAppend(t, said("lobby", "ada", "", fmt.Sprint(i)))
		s.mustAppend(t, said("between", "ada", "", fmt.Sprint(i)))
	}
	for _, test := range []struct {
		name  string
		read  func(context.Context, string, int64, int) ([]*hub.Entry, bool, error)
		at    int64
		limit int
		want  []int64
		more  bool
	}{
		{"after", s.ReadAfter, 0, 3, []int64{1, 2, 3}, true},
		{"after", s.ReadAfter, 7, 3, []int64{8, 9, 10}, false},
		{"after", s.ReadAfter, 10, 3, nil, false},
		{"before", s.ReadBefore, 11, 3, []int64{8, 9, 10}, true},
		{"before", s.ReadBefore, 4, 3, []int64{1, 2, 3}, false},
		{"before", s.ReadBefore, 1, 3, nil, false},
	} {
		page, more, err := test.read(t.Context(), "lobby", test.at, test.limit)
		if err != nil || more != test.more || !slices.Equal(seqs(page), test.want) {
			t.Errorf("%s %d, %d at most: %v, more %v, %v", test.name, test.at, test.limit, seqs(page), more, err)
		}
	}
	if _, _, err := s.ReadAfter(t.Context(), "nowhere", 0, 1); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("reading a room that is not there: %v", err)
	}
}

func storeLargePages(t *testing.T, s *store) {
	s.room(t, "lobby")
	text := strings.Repeat("x", 60<<10)
	const events = 40
	for range events {
		s.mustAppend(t, said("lobby", "ada", "", text))
	}
	var got []int64
	for more := true; more; {
		var page []*hub.Entry
		var err error
		if page, more, err = s.ReadAfter(t.Context(), "lobby", int64(len(got)), events); err != nil {
			t.Fatal(err)
		}
		if size := len(page) * len(text); size > hub.MaxPageBytes+2*len(text) {
			t.Errorf("a page of %d bytes", size)
		}
		got = append(got, seqs(page)...)
	}
	if len(got) != events || got[events-1] != events {
		t.Errorf("read %v", got)
	}
}

func storeState(t *testing.T, s *store) {
	s.room(t, "lobby")
	if v, err := s.State(t.Context(), "k"); v != nil || err != nil {
		t.Errorf("a key that is not there: %q, %v", v, err)
	}
	if err := s.SetState(t.Context(), hub.State{Key: "k", Value: []byte("1")}, hub.State{Key: "gone", Value: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	s.mustAppend(t, said("lobby", "ada", "r1", "hi"), hub.State{Key: "k", Value: []byte("2")}, hub.State{Key: "gone"})
	s.mustAppend(t, said("lobby", "ada", "r1", "hi"), hub.State{Key: "k", Value: []byte("of a repetition")})
	if _, err := s.append(t, said("lobby", "ada", "r1", "other"), hub.State{Key: "k", Value: []byte("of a conflict")}); err == nil {
		t.Error("no conflict")
	}
	s.reopen(t)
	for key, want := range map[string]string{"k": "2", "gone": ""} {
		if v, err := s.State(t.Context(), key); string(v) != want || err != nil {
			t.Errorf("state %s is %q, %v; want %q", key, v, err, want)
		}
	}
}

func storeClosed(t *testing.T, s *store) {
	s.room(t, "lobby")
	accepted := make(chan error, 1)
	if err := s.Append(t.Context(), hub.Append{Event: said("lobby", "ada", "", "hi"), Done: func(_ hub.Appended, err error) {
		accepted <- err
	}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-accepted:
		if err != nil {
			t.Errorf("accepted before the closing, and then: %v", err)
		}
	default:
		t.Error("closed before what was accepted had its outcome")
	}
	if _, err := s.append(t, said("lobby", "ada", "", "late")); err == nil {
		t.Error("a closed store accepted an event")
	}
	s.reopen(t)
	if head := s.room(t, "lobby").Head; head != 1 {
		t.Errorf("head is %d", head)
	}
}
