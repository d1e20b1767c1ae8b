package sqlite

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"hubbub/hub"
)

// trouble is a kind of fault that somebody can cure.
type trouble struct {
	told string // to participants
	cure string // for the operator; the file is put in
}

var (
	full = trouble{
		"The hub's disk is full: it keeps nothing new until its operator has made room. Try again later.",
		"The disk of %s is full: free some space; a hub that runs goes on by itself",
	}
	readOnly = trouble{
		"The hub's disk is read-only: it keeps nothing new until its operator has seen to that. Try again later.",
		"The hub cannot write %s: give its user the right to write the file and its folder, and mount the disk for writing",
	}
	failing = trouble{
		"The hub's disk fails. Try again; if that does not help, tell its operator.",
		"The disk of %s fails: look into the system's log, and keep a backup elsewhere",
	}
	damaged = trouble{
		"The hub's records are damaged here. Tell its operator.",
		"The file %s is damaged, nothing was deleted: stop the hub, move the file and those beside it that begin with its name away, " +
			"and put a backup in its place, or what `(sqlite3 OLD .dump | sed 's/^ROLLBACK.*/COMMIT;/'; echo \"DELETE FROM state WHERE key = '" + indexedKey + "';\") | sqlite3 NEW` saves",
	}
	held = trouble{
		"The hub's records are in use by another program. Try again.",
		"Another program keeps %s locked: end it",
	}
)

// fault is the error of an operation on the file, with the cure where one is
// known: participants are told that the hub is unavailable, and why.
func (s *Store) fault(err error) error {
	if _, ok := errors.AsType[*hub.Error](err); ok {
		return err
	}
	t := troubleOf(err)
	if t == nil {
		return err
	}
	return &hub.Error{Code: hub.Unavailable, Message: t.told, Err: t.explain(err, s.path)}
}

// explain adds the cure to err, where one is known.
func explain(err error, path string) error {
	if t := troubleOf(err); t != nil {
		return t.explain(err, path)
	}
	return err
}

func (t *trouble) explain(err error, path string) error {
	return fmt.Errorf("%w. "+t.cure, err, path)
}

// troubleOf returns what kind of fault err is, nil for one that is not known.
func troubleOf(err error) *trouble {
	e, _ := errors.AsType[sqlite3.Error](err)
	number := e.SystemErrno
	if number == 0 {
		number, _ = errors.AsType[syscall.Errno](err) // of opening the lock file
	}
	switch number {
	case syscall.ENOSPC, syscall.EDQUOT:
		return &full
	case syscall.EROFS, syscall.EACCES, syscall.EPERM:
		return &readOnly
	case syscall.EMFILE, syscall.ENFILE:
		return nil
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return &full
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
		return &readOnly
	case sqlite3.ErrIoErr:
		return &failing
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return &damaged
	case sqlite3.ErrError:
		if e.Error() == "malformed JSON" { // in positions
			return &damaged
		}
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return &held
	}
	return nil
}
