package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"time"

	"hubbub/hub"
)

const (
	queued    = 4096                  // requests that wait for the writer
	maxCommit = 4096                  // requests in one commit
	small     = 8                     // requests below which a commit costs more than what is in it
	others    = 4                     // times as long as a small one takes the processor is others',
	longest   = 40 * time.Millisecond // and no longer: the runtime notices after 10 ms that a thread waits
	calm      = 20 * time.Microsecond // in which a yield returns where nobody wants the processor
	large     = 4 << 10               // bytes of events beyond which a request is large
	maxLarge  = 512                   // of those that are under way: the others wait, so that the queue's memory is bounded
)

var errClosed = errors.New("sqlite: the store is closed")

// job is one request to the writer: do is called in a transaction, done when
// it is committed or has failed. A *hub.Error from do refuses this job alone,
// which has then written nothing; any other error, and one that says that the
// hub is unavailable, fails all that share the transaction. do changes nothing
// in memory: done does.
type job interface {
	do(*tx) error
	done(error)
}

// asking is the job of [ask].
type asking struct {
	work func(*tx) error
	told func(error)
}

func (a *asking) do(t *tx) error { return a.work(t) }
func (a *asking) done(err error) { a.told(err) }

// tx is a transaction under way and what it has done to each room.
type tx struct {
	w        *writer
	rooms    map[string]*pending
	appended []addition
	from     int64   // pos of its first event
	ended    bool    // COMMIT was tried
	swept    []int64 // rooms whose run was indexed
}

// writer is the only one who writes. It takes all that waits into one commit:
// alone a request waits for nobody, and under load commits grow by themselves.
type writer struct {
	store   *Store
	conn    *sql.Conn
	ctx     context.Context
	begin   *sql.Stmt
	end     func() error // COMMIT
	insert  *inserter
	look    *sql.Stmt
	rewrite *sql.Stmt
	admit   *sql.Stmt
	rename  *sql.Stmt
	set     *sql.Stmt
	unset   *sql.Stmt
	index   *sql.Stmt
	stmts   []*sql.Stmt // all of them
	tx      tx          // whose memory is used again

	next  int64  // pos of the next event: never one that another had
	since int    // events appended since the last sweep began
	sweep *sweep // under way
	doubt *doubt // nil where there is none
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	w := &writer{store: s, ctx: context.WithoutCancel(ctx)}
	w.tx = tx{w: w, rooms: make(map[string]*pending)}
	var err error
	if w.conn, err = s.write.Conn(ctx); err != nil {
		return nil, err
	}
	if err := w.prepare(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.since = s.fresh.Load().events()
	return w, nil
}

func (w *writer) prepare(ctx context.Context) (err error) {
	var end *sql.Stmt
	w.end = func() error {
		_, err := end.ExecContext(w.ctx)
		return err
	}
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&w.begin, `BEGIN IMMEDIATE`},
		{&end, `COMMIT`},
		{&w.look, `SELECT pos, body FROM events WHERE pos = coalesce(?1, ` + posOf + `) AND room = ?2 AND seq = ?3`},
		{&w.rewrite, `UPDATE events SET body = ?, content = coalesce(content, ?) WHERE pos = ?`},
		{&w.index, `INSERT INTO positions SELECT ?1, ?2, ?3, ?4
			WHERE ?5 > coalesce((SELECT max(last) FROM positions WHERE room = ?1), 0)`}, // no seq is given twice
		{&w.admit, `INSERT INTO members (room, user, name, kind, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`},
		{&w.rename, `UPDATE members SET name = ?1, kind = ?2 WHERE room = ?3 AND user = ?4 AND (name <> ?1 OR kind <> ?2)`},
		{&w.set, `INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`},
		{&w.unset, `DELETE FROM state WHERE key = ?`},
	} {
		if *p.stmt, err = w.conn.PrepareContext(ctx, p.query); err != nil { //nolint:sqlclosecheck // close does
			return err
		}
		w.stmts = append(w.stmts, *p.stmt)
	}
	if w.insert, err = prepareInsert(w.ctx, w.conn); err != nil {
		return err
	}
	return w.conn.QueryRowContext(ctx, `SELECT `+nextPos).Scan(&w.next)
}

// close closes the statements too: a connection does not close those that were
// prepared on it alone, and SQLite keeps the file open for them.
func (w *writer) close() error {
	var errs []error
	if w.insert != nil {
		errs = append(errs, w.insert.close())
	}
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// run serves the queue until it is closed and empty.
func (w *writer) run() {
	defer close(w.store.stopped)
	batch := make([]job, 0, maxCommit)
	for j := range w.store.queue {
		batch = w.gather(append(batch[:0], j))
		took := w.commit(batch)
		clear(batch)
		w.pause(len(batch), took)
		w.indexSome()
	}
	w.indexAll() // so that the file says all by itself
	_ = w.close()
}

// pause has those who have their answers go on before the next transaction begins,
// which is the larger for what they say. While the disk works for a transaction, its
// processor waits too, until the runtime notices; so a small one that took so long is
// followed by a longer time for whoever wants the processor, as long as somebody does:
// what is said to a crowd would otherwise keep that from coming in. Nobody does where
// two yields in a row return at once: now and then the scheduler takes the one who
// yielded before those who wait.
func (w *writer) pause(jobs int, took time.Duration) {
	began, calms := time.Now(), 0
	for now := began; ; {
		runtime.Gosched()
		before := now
		now = time.Now()
		if calms++; now.Sub(before) >= calm {
			calms = 0
		}
		if max(jobs, len(w.store.queue)) >= small || calms == 2 || now.Sub(began) >= min(others*took, longest) {
			return
		}
	}
}

// gather adds to the batch what waits, and what those say who are about to run, for
// as long as that makes it larger.
func (w *writer) gather(batch []job) []job {
	for {
		before := len(batch)
		if batch = w.waiting(batch); len(batch) == before {
			return batch
		}
		runtime.Gosched()
	}
}

// waiting adds to the batch what waits.
func (w *writer) waiting(batch []job) []job {
	for len(batch) < maxCommit {
		select {
		case j, ok := <-w.store.queue:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the batch, tells each job its outcome, and returns how long the
// transaction took. The store's fresh may be another after it.
func (w *writer) commit(batch []job) (took time.Duration) {
	t := &w.tx
	began := time.Now()
	errs, err := t.try(batch)
	took = time.Since(began)
	w.store.stats.note(len(t.appended), took, err)
	if err != nil {
		// The connection may be inside a transaction or not; either is right.
		_, _ = w.conn.ExecContext(w.ctx, "ROLLBACK")
	}
	doubted := t.ended && err != nil
	if doubted {
		w.doubt = t.doubt()
		_ = w.settleDoubt() // or the next transaction does
	}
	t.forget()
	if len(batch) > 1 && troubleOf(err) == &damaged && !doubted { // what is damaged for one may not be for the next
		for _, j := range batch {
			w.commit([]job{j})
		}
		return took
	}
	err = w.store.fault(err)
	for i, j := range batch {
		switch {
		case err != nil:
			j.done(err)
		default:
			j.done(errs[i])
		}
	}
	return took
}

// try runs the batch in one transaction. It returns what each job was refused
// for, or what failed them all.
func (t *tx) try(batch []job) ([]error, error) {
	w := t.w
	if err := w.settleDoubt(); err != nil {
		return nil, err
	}
	t.from = w.next
	if _, err := w.begin.ExecContext(w.ctx); err != nil {
		return nil, fmt.Errorf("sqlite: begin: %w", err)
	}
	errs := make([]error, len(batch))
	for i, j := range batch {
		if errs[i] = j.do(t); errs[i] != nil && !refuses(errs[i]) {
			return nil, errs[i]
		}
	}
	t.ended = true
	if err := w.end(); err != nil {
		return nil, fmt.Errorf("sqlite: commit: %w", err)
	}
	t.settle()
	return errs, nil
}

// doubt is what a COMMIT that failed may have changed all the same.
type doubt struct {
	from  int64 // pos of the first event
	names []string
	rooms map[int64]bool
}

func (t *tx) doubt() *doubt {
	d := &doubt{from: t.from, rooms: make(map[int64]bool)}
	for name, p := range t.rooms {
		d.names = append(d.names, name)
		d.rooms[p.room.id] = true
	}
	for _, room := range t.swept {
		d.rooms[room] = true
	}
	return d
}

// settleDoubt reads anew what memory says of the rooms that a COMMIT changed, or did not:
// one that failed may have committed. Until that is known nothing is written, and
// readers find what was there before.
func (w *writer) settleDoubt() error {
	if w.doubt == nil {
		return nil
	}
	runs := maps.Clone(w.store.fresh.Load().runs)
	if err := readRuns(w.ctx, w.conn, runs, w.doubt.from, w.doubt.rooms); err != nil {
		return fmt.Errorf("sqlite: find out whether a commit was: %w", err)
	}
	w.store.fresh.Store(&fresh{runs: runs})
	w.store.rooms.forgetNames(w.doubt.names)
	w.doubt = nil
	return nil
}

// refuses reports whether err says no to one job, and not that storage failed.
func refuses(err error) bool {
	e, ok := errors.AsType[*hub.Error](err)
	return ok && e.Code != hub.Unavailable
}

func (t *tx) setState(rows []hub.State) error {
	for _, row := range rows {
		var err error
		if row.Value == nil {
			_, err = t.w.unset.ExecContext(t.w.ctx, row.Key)
		} else {
			_, err = t.w.set.ExecContext(t.w.ctx, row.Key, row.Value)
		}
		if err != nil {
			return fmt.Errorf("sqlite: set state %s: %w", row.Key, err)
		}
	}
	return nil
}

// submit hands j to the writer. It waits for a place, until ctx ends.
func (s *Store) submit(ctx context.Context, j job) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return errClosed
	}
	select {
	case s.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask hands the work to the writer, waits for the commit and returns what the
// work did. What was handed over is done, even if ctx ends first.
func ask[T any](ctx context.Context, s *Store, work func(*tx) (T, error)) (T, error) {
	type outcome struct {
		answer T
		err    error
	}
	var o outcome // the writer's
	told := make(chan outcome, 1)
	err := s.submit(ctx, &asking{
		work: func(t *tx) (err error) {
			o.answer, err = work(t)
			return err
		},
		told: func(err error) {
			o.err = err
			told <- o
		},
	})
	var none T
	if err != nil {
		return none, err
	}
	select {
	case o := <-told:
		return o.answer, o.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// do is [ask] for work without an answer.
func (s *Store) do(ctx context.Context, work func(*tx) error) error {
	_, err := ask(ctx, s, func(t *tx) (struct{}, error) { return struct{}{}, work(t) })
	return err
}
