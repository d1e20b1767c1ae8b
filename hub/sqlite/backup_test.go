package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// A backup of a store that is written to is the log as it was at one moment, and
// restored it is of another epoch, each time.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	info, err := s.OpenRoom(t.Context(), "lobby", true)
	if err != nil {
		t.Fatal(err)
	}
	say := func(s hub.Store, n int) {
		t.Helper()
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Ref: fmt.Sprint("r", n), Text: strings.Repeat("x", 500), From: hub.Participant{ID: "ada"}}
		if _, err := put(t.Context(), s, e); err != nil {
			t.Error(err)
		}
	}
	for n := range 100 {
		say(s, n)
	}
	stop, written := make(chan struct{}), make(chan int)
	go func() {
		for n := 100; ; n++ {
			select {
			case <-stop:
				written <- n
				return
			default:
				say(s, n)
			}
		}
	}()
	copies := t.TempDir()
	to := filepath.Join(copies, "backup.db")
	report, err := sqlite.Backup(t.Context(), filepath.Join(dir, "hubbub.db"), to)
	close(stop)
	count := <-written
	if err != nil {
		t.Fatal(err)
	}
	if report.Rooms != 1 || report.Events < 100 || report.Events > int64(count) || !report.Checked || report.Size == 0 {
		t.Errorf("the report is %+v; %d were written", report, count)
	}
	if mode, err := os.Stat(to); err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v, %v", mode, err)
	}
	if left, err := os.ReadDir(copies); err != nil || len(left) != 1 {
		t.Errorf("beside the copy there is %v, %v", left, err)
	}
	if _, err := sqlite.Backup(t.Context(), filepath.Join(dir, "hubbub.db"), to); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a copy was put over another: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	epochs := map[string]bool{info.Epoch: true}
	for _, restored := range []string{dir, dir, t.TempDir()} {
		// Even where the lock file has no note of what came after.
		if err := os.WriteFile(filepath.Join(restored, "hubbub.db.lock"), fmt.Appendf(nil, "%19d\n", report.Events), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(restored, "hubbub.db"), backup, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s := open(t, restored)
			got, err := s.OpenRoom(t.Context(), "lobby", false)
			if err != nil || got.Head != report.Events {
				t.Fatalf("restored: %+v, %v", got, err)
			}
			epochs[got.Epoch] = true
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(epochs) != 4 { // the first, and one for each restoring; a restart is none
		t.Errorf("there were the epochs %v", epochs)
	}
}

func TestBackupFails(t *testing.T) {
	dir := filled(t, false)
	file := filepath.Join(dir, "hubbub.db")
	if _, err := sqlite.Backup(t.Context(), filepath.Join(dir, "nothing.db"), filepath.Join(dir, "to")); err == nil {
		t.Error("nothing was backed up")
	}
	if _, err := sqlite.Backup(t.Context(), file, filepath.Join(dir, "nowhere", "to")); err == nil {
		t.Error("a backup into no folder")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 2; i < len(data)/2+8192; i++ {
		data[i] = 0xff
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Backup(t.Context(), file, filepath.Join(dir, "to")); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file was backed up: %v", err)
	}
	if _, err := sqlite.Inspect(t.Context(), file, 1<<30); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file was found right: %v", err)
	}
	for _, left := range []string{"to", "to.part"} {
		if _, err := os.Stat(filepath.Join(dir, left)); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
}

// A look changes nothing, and hinders nobody.
func TestInspect(t *testing.T) {
	dir := filled(t, true)
	file := filepath.Join(dir, "hubbub.db")
	s := open(t, dir)
	report, err := sqlite.Inspect(t.Context(), file, 1<<30)
	if err != nil || report.Rooms != 2 || report.Events != 400 || !report.Checked || report.Schema != report.Known || report.Newest.IsZero() {
		t.Errorf("beside a hub: %+v, %v", report, err)
	}
	if report, err = sqlite.Inspect(t.Context(), file, 1); err != nil || report.Checked {
		t.Errorf("a large file: %+v, %v", report, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if report, err = sqlite.Inspect(t.Context(), file, 1<<30); err != nil || report.Events != 400 {
		t.Errorf("without a hub: %+v, %v", report, err)
	}
	if report, err = sqlite.Inspect(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"), 1); err != nil || report.Size != 0 || report.Known == 0 {
		t.Errorf("where nothing is: %+v, %v", report, err)
	}
}
