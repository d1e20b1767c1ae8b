package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hubbub/hub"
)

// backupKey is the row by which a file is known as a backup. A store that is
// opened on one begins another epoch, whatever the lock file says, and takes the
// row out.
const backupKey = "sqlite/backup"

// Backup writes a copy of the store's file at path into a new file at to, as it is
// at one moment, also while a hub has it open: the hub goes on reading and
// writing. The copy is looked through before it has its name; where something
// fails there is none. Deleted content is not in it.
func Backup(ctx context.Context, path, to string) (r Report, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("sqlite: back up %s: %w", path, err)
		}
	}()
	if _, err := os.Stat(path); err != nil {
		return r, err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return r, errors.Join(fmt.Errorf("%s is there already: name another file, or move it away", to), err)
	}
	part := to + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // empty, and nobody else's to read
	if err != nil {
		return r, explain(err, part)
	}
	defer func() { _ = os.Remove(part) }() // it has another name by then, or is of no use
	if err := f.Close(); err != nil {
		return r, err
	}
	if err := copyInto(ctx, path, part); err != nil {
		return r, err
	}
	if r, err = seal(ctx, part); err != nil {
		return r, err
	}
	if err := syncFile(part); err != nil {
		return r, explain(err, part)
	}
	if err := os.Link(part, to); err != nil { // which, unlike a renaming, replaces nothing
		return r, err
	}
	return r, syncFile(filepath.Dir(to))
}

// copyInto copies what a reader of the file at path sees.
func copyInto(ctx context.Context, path, part string) error {
	db, err := open(path, "mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		if troubleOf(err) != &full {
			return explain(err, path)
		}
		if damage := check(ctx, db); damage != nil { // which may look like much to copy
			return explain(damage, path)
		}
		return explain(err, part)
	}
	return nil
}

// seal marks the copy as a backup and looks through it.
func seal(ctx context.Context, part string) (r Report, err error) {
	db, err := open(part, "_synchronous=FULL")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING`, backupKey, []byte(hub.NewID())); err != nil {
		return r, explain(err, part)
	}
	if err := errors.Join(r.read(ctx, db), check(ctx, db)); err != nil {
		return r, fmt.Errorf("the copy: %w", err)
	}
	info, err := os.Stat(part)
	if err != nil {
		return r, err
	}
	r.Size, r.Checked = info.Size(), true
	return r, nil
}

// syncFile has a file, or the names in a folder, survive a power cut.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// fromBackup reports whether the file is a backup that was put into its place.
func (s *Store) fromBackup(ctx context.Context) (bool, error) {
	err := s.write.QueryRowContext(ctx, `SELECT 1 FROM state WHERE key = ?`, backupKey).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
