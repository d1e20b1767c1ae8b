package sqlite_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hubbub/hub"
	"hubbub/hub/hubtest"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) hub.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) { hubtest.TestStore(t, open) }

func TestOneProcessAFile(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	defer first.Close()
	_, err := sqlite.Open(t.Context(), filepath.Join(dir, "hubbub.db"))
	if err == nil || !strings.Contains(err.Error(), "another hub has it open") {
		t.Errorf("opened twice: %v", err)
	}
}

// A closed store has let go of the file: what is beside it is gone.
func TestCloseLetsGoOfTheFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.OpenRoom(t.Context(), "lobby", true); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if want := []string{filepath.Join(dir, "hubbub.db"), filepath.Join(dir, "hubbub.db.lock")}; err != nil || !slices.Equal(files, want) {
		t.Errorf("the folder has %v, %v; want %v", files, err, want)
	}
}
