package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// Report is what a look at a store's file found.
type Report struct {
	Size   int64     // bytes, with the write-ahead log; 0 where there is no file
	Rooms  int       // how many there are
	Events int64     // that are kept, in all rooms
	Newest time.Time // of the newest event; zero where there is none
	Schema int64     // version of the file
	Known  int64     // newest version that this hubbub knows
	// Checked says that the whole file was looked through.
	Checked bool
}

// Inspect looks at the store's file at path without changing it, also while a hub
// has it open: no lock is taken that keeps another out. A file of less than
// checkBelow bytes is looked through for damage. Its errors say what to do.
func Inspect(ctx context.Context, path string, checkBelow int64) (r Report, err error) {
	defer func() {
		if err != nil {
			err = explain(fmt.Errorf("sqlite: look at %s: %w", path, err), path)
		}
	}()
	if err := checkFiles(path); err != nil {
		return r, err
	}
	for _, file := range []string{path, path + "-wal"} {
		info, err := os.Stat(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, err
		}
		if err == nil {
			r.Size += info.Size()
		}
	}
	if r.Known, err = newestSchema(); err != nil || r.Size == 0 {
		return r, err
	}
	db, err := open(path, "mode=ro&_query_only=true")
	if err != nil {
		return r, err
	}
	defer db.Close()
	if err := r.read(ctx, db); err != nil {
		return r, err
	}
	if r.Size < checkBelow {
		r.Checked = true
		return r, check(ctx, db)
	}
	return r, nil
}

// read is of the tables that every schema has.
func (r *Report) read(ctx context.Context, db *sql.DB) error {
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&r.Schema); err != nil {
		return err
	}
	var newest int64
	err := db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(`+headOf+` - first + 1), 0),
		coalesce((SELECT at FROM events ORDER BY pos DESC LIMIT 1), 0) FROM rooms r WHERE name >= '0'`).Scan(&r.Rooms, &r.Events, &newest)
	if newest > 0 {
		r.Newest = time.UnixMilli(newest).UTC()
	}
	return err
}

// check looks through a whole file.
func check(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", sqlite3.Error{Code: sqlite3.ErrCorrupt}, strings.ReplaceAll(found, "\n", " "))
	}
	return nil
}

func newestSchema() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1]) // in the order of names, which begin with the version
}
