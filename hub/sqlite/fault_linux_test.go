package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// While the disk takes nothing, what is sent is refused and what is there is
// read; then the hub goes on by itself, and nothing is lost, there twice, or
// there though its sender was told that it is not and never asked again.
func TestADiskThatTakesNothing(t *testing.T) {
	d, there := onDisk(t)
	if !there {
		return
	}
	for i, test := range []struct {
		name       string
		number     syscall.Errno
		operations string // and files, as disk.c reads them
		told, cure string
	}{
		{"full", syscall.ENOSPC, "w", "disk is full", "free some space"},
		{"full when it is synced", syscall.ENOSPC, "s", "disk is full", "free some space"},
		{"over its quota", syscall.EDQUOT, "w -wal", "disk is full", "free some space"},
		{"fails to write", syscall.EIO, "w", "disk fails", "the system's log"},
		{"fails to sync", syscall.EIO, "s", "disk fails", "the system's log"},
		{"turned read-only", syscall.EROFS, "wo", "disk is read-only", "mount the disk for writing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := d
			d.folder = filepath.Join(d.folder, fmt.Sprint(i))
			f := newFaultTest(t, d)
			f.publish(1, 20, "")
			d.fail(t, fmt.Sprintf("%d %s", test.number, test.operations))
			f.publish(21, 70, test.told)
			f.publishIn("attic", 71, 71, test.told) // which would have to be made
			f.reads(20)
			f.logs(2, test.cure, d.file()) // appending to a room, and making one
			cut := f.copy()
			f.publish(21, 30, test.told)
			d.mend(t)
			f.publish(71, 80, "") // those that nobody sends again are gone
			f.reads(30)
			f.publish(21, 50, "")
			f.publish(1, 30, "") // again
			f.reads(60)
			f.reopen(d.file())
			f.reads(60)
			f.publish(1, 80, "")
			f.reads(80)
			// Had the power been cut while the disk failed.
			f.reopen(cut)
			f.publish(1, 80, "")
			f.reads(80)
		})
	}
}

// Events are taken while the write-ahead log can be written, though nothing can
// be taken over from there.
func TestAFileThatCannotBeWritten(t *testing.T) {
	d, there := onDisk(t)
	if !there {
		return
	}
	f := newFaultTest(t, d)
	d.fail(t, fmt.Sprintf("%d ws hubbub.db", syscall.EIO))
	const long = 400 // of 16 KiB each: the log is full after 4 MiB
	f.publish(1, long, "")
	if info, err := os.Stat(d.file()); err != nil || info.Size() > 64<<10 {
		t.Errorf("the file has %d bytes, %v: it was written", info.Size(), err)
	}
	f.reads(long)
	d.mend(t)
	f.publish(long+1, long+1, "")
	f.reopen(d.file())
	f.reads(long + 1)
}

func TestAFileThatMayNotBeWritten(t *testing.T) {
	d, there := onDisk(t)
	if !there {
		return
	}
	if err := d.open(t).Close(); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"o", "o hubbub.db", "w"} {
		d.fail(t, fmt.Sprintf("%d %s", syscall.EROFS, what))
		s, err := sqlite.Open(t.Context(), d.file())
		if err == nil {
			err = s.SetState(t.Context(), hub.State{Key: "k", Value: []byte("v")})
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "The hub cannot write "+d.file()+": give its user the right") {
			t.Errorf("%s fails: %v", what, err)
		}
		d.mend(t)
	}
}

// faultTest is a hub on a disk that fails.
type faultTest struct {
	*testing.T
	disk  disk
	log   *bytes.Buffer
	store *sqlite.Store
	hub   *hub.Hub
}

func newFaultTest(t *testing.T, d disk) *faultTest {
	t.Helper()
	f := &faultTest{T: t, disk: d, log: new(bytes.Buffer)}
	f.reopen(d.file())
	t.Cleanup(f.close)
	f.publish(0, 0, "")
	return f
}

func (f *faultTest) close() {
	f.hub.Close()
	if err := f.store.Close(); err != nil {
		f.Error(err)
	}
}

func (f *faultTest) reopen(file string) {
	f.Helper()
	if f.hub != nil {
		f.close()
	}
	var err error
	if f.store, err = sqlite.Open(context.Background(), file); err != nil {
		f.Fatal(err)
	}
	f.hub = hub.New(f.store, hub.NewMemoryLayer(), hub.Options{Logger: slog.New(slog.NewTextHandler(f.log, nil))})
}

func (f *faultTest) publish(from, to int, told string) {
	f.Helper()
	f.publishIn("lobby", from, to, told)
}

// publishIn sends messages all at once; each is taken or, where told is set,
// refused with that.
func (f *faultTest) publishIn(room string, from, to int, told string) {
	f.Helper()
	var outcomes sync.WaitGroup
	scope := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "ada", Name: "Ada", Kind: hub.Guest}}
	for n := from; n <= to; n++ {
		outcomes.Add(1)
		e := hub.Event{Type: hub.TypeSendMessage, Room: room, Ref: fmt.Sprint("r", n), Text: strings.Repeat("x", hub.DefaultMaxText)}
		f.hub.Publish(f.Context(), scope, &e, func(_ *hub.Entry, err error) {
			defer outcomes.Done()
			problem := &hub.Problem{}
			if err != nil {
				problem = hub.ProblemOf(err)
			}
			if (err != nil) != (told != "") || err != nil && problem.Code != hub.Unavailable || !strings.Contains(problem.Message, told) {
				f.Errorf("message %d in %s: %v, want %q", n, room, err, told)
			}
		})
	}
	outcomes.Wait()
}

// reads proves that the lobby's log holds that many messages beside the first,
// each once, and no hole.
func (f *faultTest) reads(count int) {
	f.Helper()
	scope := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "bob", Kind: hub.Guest}}
	var refs []string
	for more := true; more; {
		after := int64(len(refs))
		page, err := f.hub.History(f.Context(), scope, "lobby", &hub.HistoryRequest{After: &after, Limit: hub.MaxPage})
		if err != nil {
			f.Error(err)
			return
		}
		for _, e := range page.Events {
			if refs = append(refs, e.Event.Ref); e.Event.Seq != int64(len(refs)) {
				f.Errorf("event %d has seq %d", len(refs), e.Event.Seq)
			}
		}
		more = page.More
	}
	kept, err := f.store.Kept(f.Context(), "lobby", "ada", refs)
	slices.Sort(refs)
	if err != nil || len(slices.Compact(refs)) != count+1 || len(kept) != count+1 {
		f.Errorf("%d refs, %d of them kept, %v; want %d", len(refs), len(kept), err, count+1)
	}
}

// logs proves that the log was told in a few lines, which say the cure.
func (f *faultTest) logs(most int, parts ...string) {
	f.Helper()
	lines := strings.Count(f.log.String(), "\n")
	if lines == 0 || lines > most {
		f.Errorf("%d lines in the log, want at most %d: %s", lines, most, f.log)
	}
	for line := range strings.Lines(f.log.String()) {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				f.Errorf("the log does not say %q: %s", part, line)
			}
		}
	}
	f.Log(f.log)
}

// copy returns the file in a folder that has what the disk has now.
func (f *faultTest) copy() string {
	f.Helper()
	dir := f.TempDir()
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(f.disk.file() + end)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "hubbub.db"+end), data, 0o600)
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	return filepath.Join(dir, "hubbub.db")
}
