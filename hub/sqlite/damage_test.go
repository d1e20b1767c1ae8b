package sqlite_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
	"hubbub/hub/sqlite"
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
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Text: "hi", From: hub.Participant{ID: "ada"}}
		if _, err := put(t.Context(), s, e); err != nil {
			t.Fatal(err)
		}
	}
	change(t, filepath.Join(dir, "hubbub.db"), `UPDATE events SET body = 'junk' WHERE seq = 2`)
	page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 10)
	if err != nil || len(page) != 3 || page[1].Event.Type != hub.TypeDamaged || page[1].Event.Seq != 2 || page[1].Event.Room != "lobby" || page[2].Event.Text != "hi" {
		t.Errorf("read %d, %v", len(page), err)
	}
}

// Pages of the file that are damaged take what is on them, and leave the rest:
// other rooms are read and written, in the same commits too.
func TestADamagedPage(t *testing.T) {
	dir := filled(t, false)
	path := filepath.Join(dir, "hubbub.db")
	damage(t, path, "lobby-100 ")

	s := open(t, dir)
	defer s.Close()
	var log bytes.Buffer
	h := hub.New(s, hub.NewMemoryLayer(), hub.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	defer h.Close()
	scope := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "ada", Kind: hub.Guest}}
	_, err := h.History(t.Context(), scope, "lobby", &hub.HistoryRequest{Limit: 200})
	if hub.CodeOf(err) != hub.Unavailable || !strings.Contains(hub.ProblemOf(err).Message, "damaged") {
		t.Errorf("told %+v", hub.ProblemOf(err))
	}
	for _, part := range []string{"malformed", path, "move the file", "backup", ".dump"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q: %s", part, &log)
		}
	}
	if got, err := h.History(t.Context(), scope, "attic", &hub.HistoryRequest{Limit: 200}); err != nil || len(got.Events) != 200 {
		t.Errorf("the other room: %+v, %v", got, err)
	}
	var outcomes sync.WaitGroup
	for i := range 100 {
		room, want := "attic", hub.Code("")
		if i%2 == 0 {
			room, want = "lobby", hub.Unavailable
		}
		outcomes.Add(1)
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Text: "hi", From: hub.Participant{ID: "ada"}}
		if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) {
			defer outcomes.Done()
			if err != nil && hub.CodeOf(err) != want || err == nil && want != "" {
				t.Errorf("appending to %s: %v", room, err)
			}
		}}); err != nil {
			t.Fatal(err)
		}
	}
	outcomes.Wait()
}

// An index that is damaged takes the logs that it leads to, and not the hub.
func TestADamagedIndex(t *testing.T) {
	dir := filled(t, false)
	path := filepath.Join(dir, "hubbub.db")
	root := rootOf(t, path, "positions")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[(root-1)*4096:root*4096], bytes.Repeat([]byte{0xff}, 4096))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}

	for range 2 { // the second time with what the first has noted
		s := open(t, dir)
		rooms, err := s.Rooms(t.Context(), "", 10)
		if err != nil || len(rooms) != 2 || rooms[0].Name != "attic" {
			t.Errorf("the rooms are %+v, %v", rooms, err)
		}
		if _, err := s.OpenRoom(t.Context(), "lobby", false); hub.CodeOf(err) != hub.Unavailable || !strings.Contains(hub.ProblemOf(err).Message, "damaged") {
			t.Errorf("opening a room: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A page of the newest events that is damaged when the process that wrote them was killed
// stops the start: of which rooms they were is not known, nor where these logs end.
func TestADamagedPageOfWhatIsNotIndexed(t *testing.T) {
	dir := filled(t, true)
	path := filepath.Join(dir, "hubbub.db")
	change(t, path, `PRAGMA wal_checkpoint(TRUNCATE)`)
	damage(t, path, "lobby-100 ")
	_, err := sqlite.Open(t.Context(), path)
	if err == nil {
		t.Fatal("it was opened")
	}
	for _, part := range []string{"malformed", path, "move the file", "backup", ".dump"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

// damage takes the page of the file that has the text.
func damage(t *testing.T, path, text string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := bytes.Index(data, []byte(text)) &^ (4096 - 1)
	copy(data[page:page+4096], bytes.Repeat([]byte{0xff}, 4096))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// rootOf returns the number of the first page of a table or an index.
func rootOf(t *testing.T, path, name string) (page int) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), `SELECT rootpage FROM sqlite_schema WHERE name = ?`, name).Scan(&page); err != nil {
		t.Fatal(err)
	}
	return page
}
