package sqlite

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"hubbub/hub"
)

// noteEvery is how often the lock file is told how much the logs hold.
const noteEvery = time.Second

// tail notices logs that have lost their newest events: a file from a backup,
// say. The lock file, which no backup puts back, says how many events there were
// a moment ago. A note that could not be written makes the tail notice less, and
// nothing else.
type tail struct {
	mu     sync.Mutex
	events int64 // ever appended to all logs: the sum of their heads, and of those that were deleted
	noted  time.Time
	later  *time.Timer // runs while there is something to note
}

// checkTail gives all rooms another epoch where their logs may lack events that
// somebody saw. beside says that the lock file was there already.
func (s *Store) checkTail(ctx context.Context, beside bool) error {
	ever, err := s.countEver(ctx)
	s.tail.events = ever
	broken := troubleOf(err) == &damaged // a log whose end cannot be found; others go on
	if err != nil && !broken {
		return err
	}
	note, err := io.ReadAll(io.NewSectionReader(s.lock, 0, 64))
	if err != nil {
		return err
	}
	noted, err := strconv.ParseInt(strings.TrimSpace(string(note)), 10, 64)
	if err != nil && len(note) > 0 {
		noted = s.tail.events + 1 // it is no note of ours
	}
	if broken {
		s.tail.events = noted
	}
	if !beside { // the file was moved here, maybe out of a backup
		noted = s.tail.events + 1
	}
	backup, err := s.fromBackup(ctx)
	if err != nil {
		return err
	}
	if backup || broken || s.tail.events > 0 && noted > s.tail.events {
		if err := s.newEpoch(ctx); err != nil {
			return fmt.Errorf("begin another epoch: %w", err)
		}
	}
	s.note()
	if beside {
		return nil
	}
	return s.syncLock()
}

// countEver returns how many events were ever appended, as far as the file says.
func (s *Store) countEver(ctx context.Context) (events int64, err error) {
	logs, err := countLogs(ctx, s.write, s.fresh.Load(), headOf)
	if err != nil {
		return 0, err
	}
	err = s.write.QueryRowContext(ctx, `SELECT coalesce((SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM state WHERE key = ?), 0)`, removedKey).
		Scan(&events)
	return logs.ever + events, err
}

// syncLock has the lock file survive a power cut.
func (s *Store) syncLock() error {
	if err := s.lock.Sync(); err != nil {
		return err
	}
	return syncFile(filepath.Dir(s.path))
}

// newEpoch says that what is to come follows another history than what was seen.
func (s *Store) newEpoch(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx, `BEGIN IMMEDIATE; UPDATE rooms SET epoch = ?; DELETE FROM state WHERE key = ?; COMMIT`,
		hub.NewID(), backupKey)
	return err
}

// appended is told of each commit by the writer, when it is on the disk.
func (s *Store) appended(events int64) {
	if events == 0 {
		return
	}
	s.tail.mu.Lock()
	wait := noteEvery - time.Since(s.tail.noted)
	s.tail.events += events
	if s.tail.later == nil && wait > 0 {
		s.tail.later = time.AfterFunc(wait, s.note)
	}
	s.tail.mu.Unlock()
	if wait <= 0 {
		s.note()
	}
}

// note is called until the lock file is closed; then it does nothing.
func (s *Store) note() {
	s.tail.mu.Lock()
	defer s.tail.mu.Unlock()
	if s.tail.later != nil {
		s.tail.later.Stop()
		s.tail.later = nil
	}
	s.tail.noted = time.Now()
	_, _ = fmt.Fprintf(io.NewOffsetWriter(s.lock, 0), "%19d\n", s.tail.events)
}
