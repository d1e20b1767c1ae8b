package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"hubbub/hub"
)

// A row that cannot be read does not take the rest of the log with it.
func TestADamagedRow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer s.Close()
	if _, err := s.OpenRoom(t.Context(), "lobby", true); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		done := make(chan error, 1)
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Text: "hi", From: hub.Participant{ID: "ada"}}
		if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite3", filepath.Join(dir, "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE events SET body = 'junk' WHERE seq = 2`); err != nil {
		t.Fatal(err)
	}
	page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 10)
	if err != nil || len(page) != 3 || page[1].Event.Type != hub.TypeDamaged || page[1].Event.Seq != 2 || page[1].Event.Room != "lobby" || page[2].Event.Text != "hi" {
		t.Errorf("read %d, %v", len(page), err)
	}
}
