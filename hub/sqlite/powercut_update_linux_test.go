package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The power may be cut while a file of an older schema is brought up to date:
// it is the old one or the new one, and the next start goes on.
func TestPowerCutWhileUpdating(t *testing.T) {
	dumps, err := filepath.Glob("testdata/schema-*.sql")
	if err != nil || len(dumps) == 0 {
		t.Fatal(dumps, err)
	}
	for _, dump := range dumps {
		t.Run(strings.TrimSuffix(filepath.Base(dump), ".sql"), func(t *testing.T) {
			d, there := onDisk(t)
			if there {
				updateWork(t, d, dump)
				return
			}
			seed := uint64(time.Now().UnixNano())
			random := rand.New(rand.NewPCG(seed, 1))
			files, made, cuts := newPlatter(), false, 0
			for at, o := range readJournal(t, d.journal) {
				if o.kind == opAck {
					made = true
					continue
				}
				files.do(o)
				for _, what := range []survival{all, synced, some} {
					if !made {
						break
					}
					image := filepath.Join(t.ArtifactDir(), fmt.Sprintf("cut-%d-%d", at, what))
					files.write(t, image, what, random)
					if checkSample(t, image); t.Failed() {
						t.Fatalf("cut after operation %d, %s kept (seed %d)", at, what, seed)
					}
					_ = os.RemoveAll(image)
					cuts++
				}
			}
			t.Logf("seed %d: %d cuts", seed, cuts)
		})
	}
}

// updateWork makes the file of a dump, says so, and opens it.
func updateWork(t *testing.T, d disk, dump string) {
	t.Helper()
	statements, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	change(t, d.file(), "PRAGMA journal_mode = WAL; BEGIN;"+string(statements)+"COMMIT") // as the store writes
	d.acks(t).write(ack{})
	if err := d.open(t).Close(); err != nil {
		t.Fatal(err)
	}
}
