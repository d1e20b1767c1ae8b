package sqlite_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// filled makes a folder with a store's file of some hundred pages. Where wal is
// set the file is as a crash leaves it, with the newest in the write-ahead log.
func filled(t *testing.T, wal bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := open(t, dir)
	for _, room := range []string{"lobby", "attic"} {
		if _, err := s.OpenRoom(t.Context(), room, true); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			e := hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Ref: fmt.Sprint("r", i),
				Text: fmt.Sprintf("%s-%d %s", room, i, strings.Repeat("x", 1000)), From: hub.Participant{ID: "ada"}}
			if _, err := put(t.Context(), s, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := contents(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if wal {
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// contents returns the files of dir that hold the store.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"hubbub.db", "hubbub.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err == nil {
			files[name] = data
		}
	}
	return files
}

// A file that is not as it should be is refused with what to do about it, and
// stays as it is.
func TestAFileThatIsNotAsItShouldBe(t *testing.T) {
	junk := bytes.Repeat([]byte("junk"), 1<<12)
	for _, test := range []struct {
		name  string
		wal   bool
		spoil func(data []byte) []byte
		want  string
	}{
		{"no database", false, func([]byte) []byte { return junk }, "file is not a database"},
		{"no database, and less than a page", false, func([]byte) []byte { return junk[:100] }, "file is not a database"},
		{"a header of junk", false, func(data []byte) []byte { copy(data, junk[:100]); return data }, "file is not a database"},
		{"junk in the first page", false, func(data []byte) []byte { copy(data[100:4096], junk); return data }, "malformed"},
		{"half of it", false, func(data []byte) []byte { return data[:len(data)/2] }, "malformed"},
		{"less than a page of it", false, func(data []byte) []byte { return data[:1000] }, "malformed"},
		{"nothing of it but the log", true, func([]byte) []byte { return nil }, "the file is empty or gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filled(t, test.wal)
			path := filepath.Join(dir, "hubbub.db")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.spoil(data), 0o600); err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)
			_, err = sqlite.Open(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) ||
				!strings.Contains(err.Error(), "away") || !strings.Contains(err.Error(), "backup") || strings.Contains(err.Error(), "\n") {
				t.Errorf("told %v", err)
			}
			if after := contents(t, dir); !maps.EqualFunc(before, after, bytes.Equal) {
				t.Errorf("the folder had %v, and has %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
			}
		})
	}
}

func TestAFileOfANewerHubbub(t *testing.T) {
	dir := filled(t, false)
	path := filepath.Join(dir, "hubbub.db")
	change(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	_, err := sqlite.Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), path+": a newer hubbub wrote it (schema 99999, this one knows up to ") || !strings.Contains(err.Error(), "run that version") {
		t.Errorf("told %v", err)
	}
	change(t, path, `DELETE FROM goose_db_version WHERE version_id = 99999`)
	s := open(t, dir)
	defer s.Close()
	if page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 500); err != nil || len(page) != 200 {
		t.Errorf("%d events, %v", len(page), err)
	}
}

// change runs a statement on the file behind the store's back.
func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}
