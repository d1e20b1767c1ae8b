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
	"sync/atomic"

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
	path    string
	lock    *os.File
	write   *sql.DB // one connection, the writer's
	read    *sql.DB
	queue   chan job
	large   chan struct{} // a token for each large request under way
	stopped chan struct{} // closed when the writer has ended

	closing sync.RWMutex // held for reading while a job is handed over
	closed  bool

	rooms      rooms
	fresh      atomic.Pointer[fresh]
	indexEvery int // events; this and indexRows are the writer's
	indexRows  int
	tail       tail
	stats      stats
	purges     sync.WaitGroup
}

var _ hub.Store = (*Store)(nil)

// Open opens the store in the file at path, makes it where there is none, and
// brings an older schema up to date. One process may have it open. It never
// removes anything: a file that is not as it should be is an error that says
// what to do.
func Open(ctx context.Context, path string) (_ *Store, err error) {
	defer func() {
		if err != nil {
			err = explain(fmt.Errorf("sqlite: open %s: %w", path, err), path)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	_, statErr := os.Stat(path + ".lock")
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &Store{
		path:       path,
		lock:       lock,
		queue:      make(chan job, queued),
		large:      make(chan struct{}, maxLarge),
		stopped:    make(chan struct{}),
		stats:      newStats(),
		indexEvery: indexEvery,
		indexRows:  indexRows,
		rooms:      rooms{byName: make(map[string]*room), mostRooms: keptRooms, mostRefs: keptRefs},
	}
	s.rooms.load = s.loadRoom
	if err := s.start(ctx, statErr == nil); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context, lockWasThere bool) (err error) {
	if err := checkFiles(s.path); err != nil {
		return err
	}
	if s.write, err = open(s.path, "_journal_mode=WAL&_synchronous=FULL&_txlock=immediate"); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	// What cannot be written is told now, not with the first message.
	if _, err := s.write.ExecContext(ctx, "BEGIN IMMEDIATE; ROLLBACK"); err != nil {
		return err
	}
	if err := s.loadFresh(ctx); err != nil {
		return err
	}
	if err := s.checkTail(ctx, lockWasThere); err != nil {
		return err
	}
	if s.read, err = open(s.path, "mode=ro&_query_only=true"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	w, err := newWriter(ctx, s)
	if err != nil {
		return err
	}
	go w.run()
	s.purgeSoon()
	return nil
}

// checkFiles refuses a file that was lost while what belongs to it is there:
// SQLite would begin a new one, and remove that.
func checkFiles(path string) error {
	size := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	if wal := path + "-wal"; size(path) == 0 && size(wal) > 0 {
		return fmt.Errorf("the file is empty or gone, but %s, which belongs to it, is not: "+
			"put the file back beside it, or a backup without it; to begin anew, move it away", wal)
	}
	return nil
}

// open opens the file without SQLite's foreign keys: no index says which events are of a
// room, so it would look through all of them when one goes.
func open(path, options string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = options + "&_busy_timeout=5000"
	db, err := sql.Open("sqlite3", u.String())
	if err != nil {
		return nil, err
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
	version, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if version > newest {
		return fmt.Errorf("a newer hubbub wrote it (schema %d, this one knows up to %d): "+
			"run that version again, or put a backup from before in its place", version, newest)
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
	s.purges.Wait()
	s.note()
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
