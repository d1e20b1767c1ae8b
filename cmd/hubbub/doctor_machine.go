//go:build unix

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"hubbub/hub/sqlite"
)

const (
	diskFails   = 64 << 20  // bytes free below which a hub is about to stop keeping
	diskWarns   = 1 << 30   // and below which somebody should look
	quickBelow  = 256 << 20 // bytes of a database that is looked through: a second or two
	spareFiles  = 64        // that a hub has open beside its connections
	clockSlack  = time.Minute
	releaseYear = 2026 // no clock is right that is before it
)

// folder looks whether the data folder can be written in.
func (d *doctor) folder() {
	cure := "Give this user the right to write there, or set data or " + envName("data")
	dir := d.existing()
	if dir != d.config.Data {
		if err := writable(dir); err != nil {
			d.find(fail, "data", cure, "%s is not there, and cannot be made: %v", d.config.Data, err)
			return
		}
		d.find(okay, "data", "", "%s is made at the first start", d.config.Data)
		return
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		d.find(fail, "data", "Move it away, or set data or "+envName("data"), "%s is no folder", dir)
		return
	}
	if err == nil {
		err = writable(dir)
	}
	switch {
	case err != nil:
		d.find(fail, "data", cure, "%s cannot be written in: %v", dir, err)
	case info.Mode().Perm()&0o007 != 0:
		d.find(warn, "data", "chmod o-rwx "+dir, "%s can be read by every user of this machine", dir)
	default:
		d.find(okay, "data", "", "%s can be written in", dir)
	}
}

// existing returns the data folder, or where it would be made.
func (d *doctor) existing() string {
	dir := d.config.Data
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			return dir
		}
		parent := filepath.Dir(filepath.Clean(dir))
		if parent == dir {
			return dir
		}
		dir = parent
	}
}

// writable makes a file in dir, and takes it away.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".hubbub-doctor-*")
	if err != nil {
		return err
	}
	_, err = f.Write([]byte("x"))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func (d *doctor) disk() {
	dir := d.existing()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		d.find(warn, "disk", "", "how much is free is not known: %v", err)
		return
	}
	free := int64(s.Bavail) * int64(s.Bsize) //nolint:unconvert // of another type on other systems
	const cure = "Free some space, or have rooms.history keep less"
	switch {
	case free < diskFails:
		d.find(fail, "disk", cure, "%s are free at %s", bytesOf(free), dir)
	case free < diskWarns:
		d.find(warn, "disk", cure, "%s are free at %s", bytesOf(free), dir)
	case s.Files > 0 && s.Ffree == 0:
		d.find(fail, "disk", "Take files away", "%s has no place for more files (inodes)", dir)
	default:
		d.find(okay, "disk", "", "%s are free", bytesOf(free))
	}
}

func (d *doctor) store(ctx context.Context) {
	file := d.config.database()
	r, err := sqlite.Inspect(ctx, file, quickBelow)
	switch {
	case err != nil:
		d.find(fail, "database", "", "%v", err) // which has the cure
		return
	case r.Size == 0:
		d.find(okay, "database", "", "%s is made at the first start", file)
		return
	case r.Schema > r.Known:
		d.find(fail, "database", "Run that version again", "a newer hubbub wrote %s (schema %d, this one knows up to %d)", file, r.Schema, r.Known)
		return
	case r.Newest.After(time.Now().Add(clockSlack)):
		d.find(warn, "clock", "Set the clock right; until it has caught up, events have the time of that one",
			"the newest event is of %s, which is to come", r.Newest.Format(time.RFC3339))
	}
	looked := "not looked through, since it is large: hubbub backup does that"
	if r.Checked {
		looked = "looked through, and right"
	}
	d.find(okay, "database", "", "%s, %s, %s; %s", bytesOf(r.Size), numbered(int64(r.Rooms), "room"), numbered(r.Events, "event"), looked)
	if r.Schema < r.Known {
		d.find(okay, "database", "", "it is of schema %d, and is brought up to %d at the next start: keep a backup", r.Schema, r.Known)
	}
}

// files looks at how many files a process may have open. Go raises the soft limit
// to the hard one by itself.
func (d *doctor) files() {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		d.find(warn, "files", "", "the limit is not known: %v", err)
		return
	}
	most := limit.Max
	switch need := uint64(d.connections) + spareFiles; {
	case most < need:
		d.find(fail, "files", "Raise it (ulimit -Hn, LimitNOFILE= of systemd)", "a process may open %d files, and %d connections need %d", most, d.connections, need)
	default:
		d.find(okay, "files", "", "a process may open %d, enough for %d connections", most, d.connections)
	}
}

func (d *doctor) clock() {
	now := time.Now()
	if now.Year() < releaseYear {
		d.find(fail, "clock", "Set the clock, with NTP best", "it says %s", now.Format(time.RFC3339))
		return
	}
	d.find(okay, "clock", "", "it says %s", now.Format(time.RFC3339))
}
