package sqlite_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// disk is what testdata/disk.c makes of a process's files in one folder: each
// change is written down, and what is told to fail fails.
type disk struct {
	folder, journal, fault string
}

const onDiskIn = "DISK_TEST_DIR"

// onDisk runs the calling test once more, in a process of its own, on such a
// disk, and returns the disk and true there; to the caller in this process it
// returns the disk as the other one left it, and false.
func onDisk(t *testing.T) (d disk, there bool) {
	t.Helper()
	dir := os.Getenv(onDiskIn)
	if there = dir != ""; !there {
		dir = t.ArtifactDir() // kept with go test -artifacts
	}
	d = disk{filepath.Join(dir, "data"), filepath.Join(dir, "journal"), filepath.Join(dir, "fault")}
	if there {
		return d, true
	}
	if err := os.WriteFile(d.journal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), onDiskIn+"="+dir, "LD_PRELOAD="+diskLibrary(t),
		"DISK_FOLDER="+d.folder, "DISK_JOURNAL="+d.journal, "DISK_FAULT="+d.fault)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("on a disk of its own: %v\n%s", err, out)
	}
	return d, false
}

func diskLibrary(t *testing.T) string {
	t.Helper()
	cc := strings.Fields(os.Getenv("CC"))
	if len(cc) == 0 {
		cc = []string{"gcc"}
	}
	lib := filepath.Join(t.TempDir(), "disk.so")
	cmd := exec.CommandContext(t.Context(), cc[0], append(cc[1:], "-shared", "-fPIC", "-O2", "-o", lib, "testdata/disk.c")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return lib
}

func (d disk) file() string { return filepath.Join(d.folder, "hubbub.db") }

// open opens the store on the disk, and has events indexed while these tests run.
func (d disk) open(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), d.file())
	if err != nil {
		t.Fatal(err)
	}
	s.IndexEvery(t, 20)
	return s
}

// fail has operations fail as disk.c reads it: "ERRNO OPERATIONS [END OF NAME]".
func (d disk) fail(t *testing.T, what string) {
	t.Helper()
	next := d.fault + ".next"
	if err := os.WriteFile(next, []byte(what), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, d.fault); err != nil {
		t.Fatal(err)
	}
}

func (d disk) mend(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.fault); err != nil {
		t.Fatal(err)
	}
}

// The operations of a journal.
const (
	opCreate   = 'C'
	opWrite    = 'W'
	opTruncate = 'T'
	opSync     = 'S'
	opFolder   = 'F' // the folder was synced
	opUnlink   = 'U'
	opAck      = 'A' // the test's own: something was acknowledged
)

// op is a record of the journal.
type op struct {
	kind byte
	name string
	at   int64
	data []byte
}

const opHeader = 16 // struct record of disk.c

func readJournal(t *testing.T, path string) []op {
	t.Helper()
	buf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var ops []op
	for len(buf) > 0 {
		o := op{kind: buf[0], at: int64(binary.NativeEndian.Uint64(buf[8:]))}
		data := opHeader + int(buf[1])
		end := data + int(binary.NativeEndian.Uint32(buf[4:]))
		o.name, o.data = string(buf[opHeader:data]), buf[data:end]
		buf = buf[end:]
		if !strings.HasSuffix(o.name, "-shm") { // rebuilt at every start
			ops = append(ops, o)
		}
	}
	return ops
}

// ack is something that the store has promised to keep.
type ack struct {
	Room, Epoch string `json:",omitempty"`
	Ref, ID     string `json:",omitempty"`
	Seq         int64  `json:",omitempty"`
	Key         string `json:",omitempty"`
	Value       int    `json:",omitempty"`
}

// acks writes acknowledgements into a disk's journal, among its operations.
type acks struct {
	t *testing.T
	f *os.File
}

func (d disk) acks(t *testing.T) acks {
	t.Helper()
	f, err := os.OpenFile(d.journal, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return acks{t, f}
}

func (a acks) write(what ack) {
	data, err := json.Marshal(what)
	if err != nil {
		a.t.Error(err)
		return
	}
	record := make([]byte, opHeader, opHeader+len(data))
	record[0] = opAck
	binary.NativeEndian.PutUint32(record[4:], uint32(len(data)))
	if _, err := a.f.Write(append(record, data...)); err != nil {
		a.t.Error(err)
	}
}

// said is the message n of a sender; its text is made of both.
func said(room string, sender, n int) hub.Event {
	ref := fmt.Sprintf("%d-%d", sender, n)
	return hub.Event{
		Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Ref: ref, Text: textOf(ref, n),
		From: hub.Participant{ID: fmt.Sprint("sender", sender), Name: "Ada", Kind: hub.Guest, Via: "websocket"},
	}
}

// textOf makes every fourth message so long that it fills pages of its own.
func textOf(ref string, n int) string {
	if n%4 == 0 {
		return strings.Repeat(ref+" ", 1<<10)
	}
	return "text of " + ref
}
