package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "github.com/mattn/go-sqlite3" // the driver
	"github.com/pressly/goose/v3"

	"hubbub/hub"
)

//go:embed migrations/*.sql
var migrations embed.FS

const readers = 4 // connections that read at the same time

// Store is a [hub.Store] in one file. Every commit is on the disk before it is
// reported (synchronous=FULL).
type Store struct {
	lock    *os.File
	write   *sql.DB // one connection, the writer's
	read    *sql.DB
	queue   chan job
	stopped chan struct{} // closed when the writer has ended

	closing sync.RWMutex // held for reading while a job is handed over
	closed  bool

	rooms rooms
}

var _ hub.Store = (*Store)(nil)

// Open opens the store in the file at path, makes it where there is none, and
// brings an older schema up to date. One process may have it open.
func Open(ctx context.Context, path string) (_ *Store, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("sqlite: make the folder: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	s := &Store{
		lock:    lock,
		queue:   make(chan job, queued),
		stopped: make(chan struct{}),
		rooms:   rooms{byName: make(map[string]*room), mostRooms: keptRooms, mostRefs: keptRefs},
	}
	s.rooms.load = s.loadRoom
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if s.write, err = open(path, "_journal_mode=WAL&_synchronous=FULL&_txlock=immediate"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(ctx, s.write); err != nil {
		return nil, fmt.Errorf("sqlite: bring %s up to date: %w", path, err)
	}
	if s.read, err = open(path, "mode=ro&_query_only=true"); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	w, err := newWriter(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	go w.run()
	return s, nil
}

func open(path, options string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = options + "&_busy_timeout=5000&_foreign_keys=true"
	db, err := sql.Open("sqlite3", u.String())
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close implements [hub.Store].
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	close(s.queue)
	s.closing.Unlock()
	<-s.stopped
	return s.release()
}

func (s *Store) release() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
