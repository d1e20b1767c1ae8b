package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hubbub/hub"
)

// Soon after a commit the lock file knows of it, also where nothing follows.
func TestTheTailIsNotedSoon(t *testing.T) {
	t.Parallel()
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
	late := time.After(10 * time.Second)
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		note, err := os.ReadFile(filepath.Join(dir, "hubbub.db.lock"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(note)) == "3" {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the lock file says %q", note)
		}
	}
}

// A log that may have lost its tail has another epoch, so that nobody resumes
// in it; any other keeps its own.
func TestEpochs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hubbub.db")
	epoch := func(dir string, say int) string {
		t.Helper()
		s := open(t, dir)
		defer s.Close()
		info, err := s.OpenRoom(t.Context(), "lobby", true)
		if err != nil {
			t.Fatal(err)
		}
		for range say {
			done := make(chan error, 1)
			e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Text: "hi", From: hub.Participant{ID: "ada"}}
			if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		return info.Epoch
	}
	first := epoch(dir, 3)
	if again := epoch(dir, 0); again != first {
		t.Error("opened again, it is another history")
	}
	backup, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	restore := func(dir string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "hubbub.db"), backup, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	restore(dir)
	if same := epoch(dir, 1); same != first {
		t.Error("a backup that lacks nothing is another history")
	}
	restore(dir)
	restored := epoch(dir, 5)
	if restored == first {
		t.Error("a backup that lacks an event is the same history")
	}
	if again := epoch(dir, 0); again != restored {
		t.Error("a restored log changes its history again and again")
	}
	elsewhere := t.TempDir()
	restore(elsewhere)
	if moved := epoch(elsewhere, 0); moved == first {
		t.Error("a backup in another folder is the same history")
	}
	if err := os.WriteFile(file+".lock", []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := epoch(dir, 0); again == restored {
		t.Error("with a note that cannot be read, nothing is sure")
	}
}

// Events of a turn that was refused are not counted: the log did not lose them.
func TestARefusedTurnLeavesTheEpoch(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	before, err := s.OpenRoom(t.Context(), "lobby", true)
	if err != nil {
		t.Fatal(err)
	}
	says := func(ref, text string) hub.Event {
		return hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Ref: ref, Text: text, From: hub.Participant{ID: "ada"}}
	}
	if _, err := put(t.Context(), s, says("one", "hi")); err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 1)
	turn := hub.Append{
		Event: says("two", "and"), Then: []hub.Event{says("one", "another text")},
		Done: func(_ hub.Appended, err error) { refused <- err },
	}
	if err := s.Append(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	if err := <-refused; hub.CodeOf(err) != hub.Conflict {
		t.Fatal("not refused:", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close()
	after, err := s.OpenRoom(t.Context(), "lobby", false)
	if err != nil || after.Head != 1 || after.Epoch != before.Epoch {
		t.Errorf("%+v became %+v: %v", before, after, err)
	}
}
