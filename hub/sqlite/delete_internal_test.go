package sqlite

import (
	"path/filepath"
	"testing"

	"hubbub/hub"
)

// What a deleted room leaves is taken away in many commits, also after a restart
// in between, and is nowhere then. Nobody takes it for a loss.
func TestDeletedRoomsArePurged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hubbub.db")
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	epochs := map[string]string{}
	const events = 2*purgePage + 10
	for _, room := range []string{"large", "small"} {
		info, err := s.OpenRoom(t.Context(), room, true)
		if err != nil {
			t.Fatal(err)
		}
		epochs[room] = info.Epoch
	}
	done := make(chan error, events)
	for i := range events {
		room := "large"
		if i == 0 {
			room = "small"
		}
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Text: "x", From: hub.Participant{ID: "ada"}}
		if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
			t.Fatal(err)
		}
	}
	for range events {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteRoom(t.Context(), "large"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // which waits for no more than a commit
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.purges.Wait()
	var rooms, left int
	if err := s.read.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM rooms), (SELECT count(*) FROM events)`).Scan(&rooms, &left); err != nil {
		t.Fatal(err)
	}
	if rooms != 1 || left != 1 {
		t.Errorf("%d rooms and %d events are left", rooms, left)
	}
	if info, err := s.OpenRoom(t.Context(), "small", false); err != nil || info.Epoch != epochs["small"] || info.Head != 1 {
		t.Errorf("the other room is %+v, %v", info, err)
	}
}
