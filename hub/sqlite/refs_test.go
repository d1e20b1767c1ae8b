package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"hubbub/hub"
)

// The window is filled from the log's tail when the room is opened: what is
// young or among the newest is remembered, and no more.
func TestTheWindowAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.OpenRoom(t.Context(), "lobby", true); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// A log whose first half is an hour old, and longer than the window by 10.
	const total, old = hub.RefWindowCount + 10, 5
	db, err := sql.Open("sqlite3", filepath.Join(dir, "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for seq := 1; seq <= total; seq++ {
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Seq: int64(seq), At: now, Text: "hi",
			Ref: fmt.Sprint("r", seq), From: hub.Participant{ID: "ada"}}
		if seq <= old {
			e.At = now.Add(-time.Hour)
		}
		if _, err := tx.Exec(`INSERT INTO events (room, seq, at, sender, ref, origin, body) SELECT id, ?, ?, ?, ?, '', ? FROM rooms`,
			seq, e.At.UnixMilli(), "ada", e.Ref, hub.NewEntry(e).JSON); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.Exec(`UPDATE rooms SET head = ?`, total); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir)
	defer s.Close()
	for seq, want := range map[int]bool{
		old:       false, // old and beyond the newest 100,000
		old + 1:   true,  // beyond them too, but young
		total / 2: true,
		total:     true,
	} {
		kept, err := s.Kept(t.Context(), "lobby", "ada", []string{fmt.Sprint("r", seq)})
		if err != nil || (len(kept) == 1) != want {
			t.Errorf("ref of seq %d: %v, %v; want it kept: %v", seq, kept, err, want)
		}
	}
}
