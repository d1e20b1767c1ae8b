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

// indexSchema is the first version with the table positions.
const indexSchema = 4

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
	head, f := `max(r.head, coalesce((SELECT max(seq) FROM events WHERE room = r.id), 0))`, newFresh()
	if r.Schema >= indexSchema {
		var err error
		if f, err = readFresh(ctx, db); err != nil {
			return err
		}
		head = headOf
	}
	logs, err := countLogs(ctx, db, f, head)
	if err != nil {
		return err
	}
	r.Rooms, r.Events = logs.rooms, logs.kept
	var newest int64
	err = db.QueryRowContext(ctx, `SELECT coalesce((SELECT at FROM events ORDER BY pos DESC LIMIT 1), 0)`).Scan(&newest)
	if newest > 0 {
		r.Newest = time.UnixMilli(newest).UTC()
	}
	return err
}

// logs is how much there is in all logs.
type logs struct {
	rooms      int
	kept, ever int64 // events
}

// countLogs counts; head is the SQL of a room's, as far as its log is indexed.
func countLogs(ctx context.Context, db querier, f *fresh, head string) (n logs, err error) {
	rows, err := db.QueryContext(ctx, `SELECT id, `+head+`, first FROM rooms r WHERE name > ?`, beforeNames)
	if err != nil {
		return n, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, head, first int64
		if err := rows.Scan(&id, &head, &first); err != nil {
			return n, err
		}
		unindexed := f.of(id)
		head = unindexed.head(head)
		n.rooms++
		n.ever += head
		n.kept += head - first + 1
	}
	return n, rows.Err()
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
	return checkIndex(ctx, db)
}

// checkIndex proves that events that are to be in the index are there.
func checkIndex(ctx context.Context, db *sql.DB) error {
	var has bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'positions') AND
		EXISTS (SELECT 1 FROM state WHERE key = ?)`, indexedKey).Scan(&has); err != nil || !has {
		return err
	}
	var lost int64
	if err := db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM events WHERE pos <= upto) - (SELECT count(*) FROM `+indexedEvents+` WHERE e.pos <= upto)
		FROM (SELECT `+indexedPos+` AS upto)`).Scan(&lost); err != nil {
		return err
	}
	if lost != 0 {
		return fmt.Errorf("%w: %d events cannot be found, since they are not in the table positions", sqlite3.Error{Code: sqlite3.ErrCorrupt}, lost)
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
