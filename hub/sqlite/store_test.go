package sqlite_test

import (
	"path/filepath"
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
