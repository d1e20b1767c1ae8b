package sqlite_test

import (
	"testing"
	"time"

	"hubbub/hub"
)

// A log goes on where it stood, also when the rows that said so are gone.
func TestTheHeadOutlivesItsRow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	info, err := s.OpenRoom(t.Context(), "lobby", true)
	if err != nil {
		t.Fatal(err)
	}
	e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Text: "hi", From: ada}
	say := func() *hub.Entry {
		t.Helper()
		e.ID = hub.NewID()
		a, err := put(t.Context(), s, e)
		if err != nil {
			t.Fatal(err)
		}
		return a.Entry
	}
	for want := range int64(3) {
		if got := say(); got.Event.Seq != want+1 {
			t.Errorf("event %d is %+v", want+1, got.Event)
		}
	}
	if info.Head, info.First = 3, 1; rows(t, s) != info {
		t.Errorf("the row is %+v, want %+v", rows(t, s), info)
	}
	if _, err := s.Admit(t.Context(), "lobby", eve); err != nil {
		t.Fatal(err)
	}
	if unread, err := s.Unread(t.Context(), eve.ID, eve.Name); err != nil || len(unread) != 1 || unread[0].Head != 3 || unread[0].Unread != 3 {
		t.Errorf("unread are %+v, %v", unread, err)
	}
	for info.First = 4; rows(t, s).First < 4; { // the events are of this millisecond
		if _, _, err := s.Trim(t.Context(), "lobby", hub.Keep{Age: time.Nanosecond}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if got := rows(t, s); got != info {
			t.Errorf("the row is %+v, want %+v", got, info)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
		if got, err := s.OpenRoom(t.Context(), "lobby", false); err != nil || got != info {
			t.Errorf("the room is %+v, %v; want %+v", got, err, info)
		}
	}
	defer s.Close()
	if got := say(); got.Event.Seq != 4 {
		t.Errorf("the log goes on with %+v", got.Event)
	}
}

// rows returns the one room's row as the list has it.
func rows(t *testing.T, s hub.Store) hub.RoomInfo {
	t.Helper()
	all, err := s.Rooms(t.Context(), "", 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("the rooms are %+v, %v", all, err)
	}
	return all[0]
}
