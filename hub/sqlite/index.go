package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/mattn/go-sqlite3"

	"hubbub/hub"
)

const (
	// indexedKey is the row that says up to which pos all events are indexed: are in
	// positions. Where there is none, positions is made anew.
	indexedKey = "sqlite/indexed"
	indexedPos = `coalesce((SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM state WHERE key = '` + indexedKey + `'), 0)`
	// usedKey is the row that says up to which pos there were events, though they may be
	// gone.
	usedKey = "sqlite/used"
	// nextPos is above all that ever was one.
	nextPos = `1 + max((SELECT coalesce(max(pos), 0) FROM events), (SELECT coalesce(max(CAST(CAST(value AS TEXT) AS INTEGER)), 0)
		FROM state WHERE key IN ('` + indexedKey + `', '` + usedKey + `')))`
	// indexEvery is how many events are not indexed before all are: so many that a row
	// of positions takes several of a room, and so few that memory and the next start
	// do not feel them.
	indexEvery = 65_536
	// indexRows is how many rows of positions one commit of a sweep writes, about.
	indexRows = 256
	// extent is how many events a row of positions has at most, as reindex and inSpan
	// have it too.
	extent = 64
	// reindex makes positions of all events.
	reindex = `DELETE FROM positions;
		INSERT INTO positions
		SELECT room, max(seq), min(pos), json_group_array(pos - base ORDER BY seq)
		FROM (
			SELECT room, seq, pos, stretch, min(pos) OVER (PARTITION BY room, stretch, seq / 64) AS base
			FROM (SELECT room, seq, pos, seq - row_number() OVER (PARTITION BY room ORDER BY seq) AS stretch FROM events)
		)
		GROUP BY room, stretch, seq / 64
		ORDER BY room, max(seq);
		INSERT INTO state (key, value) SELECT '` + indexedKey + `', CAST(coalesce(max(pos), 0) AS BLOB) FROM events`
	// posOf is the pos of an indexed event, by room and seq as ?2 and ?3; it may be gone.
	posOf = `(SELECT pos + json_extract(offsets, '$[#-' || (last - ?3 + 1) || ']')
		FROM positions WHERE room = ?2 AND last >= ?3 ORDER BY last LIMIT 1)`
	// indexedEvents are all indexed events e of the rooms of p, in the order of p, and in each
	// row in that of seq: a CROSS JOIN is not turned round.
	indexedEvents = `positions p CROSS JOIN json_each(p.offsets) n CROSS JOIN events e ON e.pos = p.pos + n.value AND e.room = p.room`
	// inSpan are those of them of the room ?1 from seq ?2 to below ?3.
	inSpan = `p.room = ?1 AND p.last >= ?2 AND p.last < ?3 + 64 AND e.seq >= ?2 AND e.seq < ?3`
)

// fresh says where the events are that are not indexed. Whoever takes it before he looks
// into the file misses nothing, whatever is indexed meanwhile: a run does not lose its
// end, and the store's fresh is put in the place of another, which stays as it is, when
// what has been indexed is to be forgotten.
type fresh struct {
	mu   sync.RWMutex
	runs map[int64]run // by the room's id; only the writer changes them
}

func newFresh() *fresh { return &fresh{runs: make(map[int64]run)} }

// run is where the rows of a room's events are from the seq first on, without a hole; of
// none of them where that is the seq above the head. A copy stays as it is: pos is only
// appended to.
type run struct {
	first int64
	pos   []int64
}

// end is the seq above the run.
func (r *run) end() int64 { return r.first + int64(len(r.pos)) }

// head is the room's head, where last is that of what is indexed.
func (r *run) head(last int64) int64 { return max(last, r.end()-1) }

// at returns the pos of the event, nil where the file's index says it.
func (r *run) at(seq int64) any {
	if seq < r.first || seq >= r.end() {
		return nil
	}
	return r.pos[seq-r.first]
}

// cut returns the part of the run from seq low to below high, which may be empty.
func (r *run) cut(low, high int64) run {
	low, high = min(max(low, r.first), r.end()), min(high, r.end())
	return run{low, r.pos[low-r.first : max(low, high)-r.first]}
}

// add has the event be the run's newest. The run begins anew after a hole, which is what
// retention made among events that are indexed.
func (r *run) add(seq, pos int64) {
	if seq != r.end() {
		*r = run{first: seq}
	}
	r.pos = append(r.pos, pos)
}

// of returns the room's run as it is now.
func (f *fresh) of(room int64) run {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.runs[room]
}

// set is called with the lock.
func (f *fresh) set(room int64, r run) {
	if r.first > 0 {
		f.runs[room] = r
	} else {
		delete(f.runs, room)
	}
}

// events returns how many there are.
func (f *fresh) events() (n int) {
	for _, r := range f.runs {
		n += len(r.pos)
	}
	return n
}

// loadFresh reads from the file what is not indexed there, and makes the index where
// there is none.
func (s *Store) loadFresh(ctx context.Context) error {
	var there bool
	if err := s.write.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM state WHERE key = ?)`, indexedKey).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := s.write.ExecContext(ctx, `BEGIN IMMEDIATE; `+reindex+`; COMMIT`); err != nil {
			return fmt.Errorf("index all events: %w", err)
		}
	}
	f, err := readFresh(ctx, s.write)
	s.fresh.Store(f)
	return err
}

// readFresh reads from the file what is not indexed there.
func readFresh(ctx context.Context, db querier) (*fresh, error) {
	f := newFresh()
	var upTo int64
	err := db.QueryRowContext(ctx, `SELECT `+indexedPos).Scan(&upTo)
	if err == nil {
		err = readRuns(ctx, db, f.runs, upTo+1, make(map[int64]bool))
	}
	return f.compact(), err
}

// readRuns adds to the runs the events from the pos on, and takes out of these rooms, and
// of those that it touches, what is indexed.
func readRuns(ctx context.Context, db querier, runs map[int64]run, from int64, rooms map[int64]bool) error {
	if err := addRows(ctx, db, runs, from, rooms); err != nil {
		return err
	}
	for room := range rooms {
		last, err := lastIndexed(ctx, db, room)
		if err != nil && troubleOf(err) != &damaged { // what is in both does no harm to who reads
			return err
		}
		r := runs[room]
		r = r.cut(last+1, r.end())
		runs[room] = run{r.first, slices.Clone(r.pos)}
	}
	return nil
}

func addRows(ctx context.Context, db querier, runs map[int64]run, from int64, touched map[int64]bool) error {
	rows, err := db.QueryContext(ctx, `SELECT room, seq, pos FROM events WHERE pos >= ?
		AND room IN (SELECT id FROM rooms WHERE name > ?) ORDER BY pos`, from, beforeNames)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var room, seq, pos int64
		if err := rows.Scan(&room, &seq, &pos); err != nil {
			return err
		}
		r := runs[room]
		r.add(seq, pos)
		runs[room], touched[room] = r, true
	}
	return rows.Err()
}

// lastIndexed returns the seq of the room's newest event that is indexed, 0 where there
// is none.
func lastIndexed(ctx context.Context, db querier, room int64) (seq int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(last), 0) FROM positions WHERE room = ?`, room).Scan(&seq)
	return seq, err
}

// indexRun indexes the room's run.
func (w *writer) indexRun(room int64, r run) error {
	for len(r.pos) > 0 {
		part := r.cut(r.first, r.first+extent)
		done, err := w.index.ExecContext(w.ctx, room, part.end()-1, part.pos[0], string(jsonOf(part.pos, part.pos[0])), part.first)
		if err != nil {
			return fmt.Errorf("sqlite: index the events of a room: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: seq %d of room %d is indexed", sqlite3.Error{Code: sqlite3.ErrCorrupt}, part.first, room))
		}
		r = r.cut(part.end(), r.end())
	}
	return nil
}

// jsonOf is the numbers, less base, as a JSON array.
func jsonOf(numbers []int64, base int64) []byte {
	b := make([]byte, 0, 2+8*len(numbers))
	for i, n := range numbers {
		b = strconv.AppendInt(append(b, "[,"[min(i, 1)]), n-base, 10)
	}
	return append(b, ']')
}

// index indexes all events of the room.
func (t *tx) index(p *pending) error {
	err := t.w.indexRun(p.room.id, p.run)
	if err == nil {
		p.run = run{first: p.run.end()}
	}
	return err
}

// indexing is the job of indexing what is fresh of one room.
type indexing struct {
	room  int64
	sweep *sweep
}

func (i *indexing) do(t *tx) error {
	t.swept = append(t.swept, i.room)
	return t.w.indexRun(i.room, t.w.store.fresh.Load().runs[i.room])
}

func (i *indexing) done(err error) { i.sweep.failed = i.sweep.failed || err != nil }

// sweep is the indexing of all events that are not, in several commits, so that others
// need not wait for all of them. Where it fails nothing is lost: what it leaves is known,
// and the next one takes it.
type sweep struct {
	rooms  []int64 // that are left
	upTo   int64   // pos of the newest event
	failed bool    // of some room
}

// indexSome goes on indexing, for one commit, when there is enough to index.
func (w *writer) indexSome() {
	if w.sweep == nil && (w.since < w.store.indexEvery || !w.beginSweep()) {
		return
	}
	if w.sweepRooms(); len(w.sweep.rooms) == 0 {
		w.endSweep()
	}
}

// beginSweep reports whether one has begun: not while a commit is in doubt, since nothing
// is to be taken for indexed that is not known.
func (w *writer) beginSweep() bool {
	if w.settleDoubt() != nil {
		return false
	}
	w.sweep = &sweep{rooms: slices.Sorted(maps.Keys(w.store.fresh.Load().runs)), upTo: w.next - 1}
	w.since = 0
	return true
}

// sweepRooms indexes what is fresh of the next rooms.
func (w *writer) sweepRooms() {
	s, f := w.sweep, w.store.fresh.Load()
	var batch []job
	for rows := 0; rows < w.store.indexRows && len(s.rooms) > 0; s.rooms = s.rooms[1:] {
		if events := len(f.runs[s.rooms[0]].pos); events > 0 {
			batch = append(batch, &indexing{s.rooms[0], s})
			rows += 1 + events/extent
		}
	}
	if len(batch) > 0 {
		w.commit(batch)
	}
}

// endSweep notes what is indexed, and forgets it.
func (w *writer) endSweep() {
	if upTo := w.sweep.upTo; !w.sweep.failed {
		w.commit([]job{&asking{
			work: func(t *tx) error { return t.notePos(indexedKey, upTo) },
			told: func(error) {}, // the next one notes more
		}})
	}
	w.sweep = nil
	w.store.fresh.Store(w.store.fresh.Load().compact())
}

// indexAll indexes all events.
func (w *writer) indexAll() {
	for w.sweep != nil {
		w.indexSome()
	}
	if w.since == 0 && w.store.fresh.Load().events() == 0 {
		return
	}
	w.since = w.store.indexEvery
	for w.indexSome(); w.sweep != nil; {
		w.indexSome()
	}
}

// compact returns a copy without rooms that have nothing.
func (f *fresh) compact() *fresh {
	c := newFresh()
	for room, r := range f.runs {
		if len(r.pos) > 0 {
			c.runs[room] = r
		}
	}
	return c
}

// notePos writes the pos into the row of the key.
func (t *tx) notePos(key string, pos int64) error {
	return t.setState([]hub.State{{Key: key, Value: strconv.AppendInt(nil, pos, 10)}})
}

// settleIndex takes over into memory where what was committed is.
func (t *tx) settleIndex() {
	t.w.since += len(t.appended)
	f := t.w.store.fresh.Load()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, room := range t.swept {
		r := f.runs[room]
		f.set(room, run{first: r.end()})
	}
	for _, p := range t.rooms {
		if p.deleted {
			p.run = run{}
		}
		f.set(p.room.id, p.run)
	}
}

// remove takes those events of the room from seq low to below high that fit the
// condition out of the log. They are indexed.
func (t *tx) remove(room, low, high int64, condition string) error {
	for pos, err := range located(t.w.ctx, t.w.conn, room, run{}, span{low: low, high: high, page: mostPage}) {
		if err != nil {
			return err
		}
		if _, err := t.w.conn.ExecContext(t.w.ctx, `DELETE FROM events WHERE room = ?1 AND seq >= ?2 AND seq < ?3
			AND pos IN (SELECT value FROM json_each(?4)) AND `+condition, room, low, high, string(jsonOf(pos, 0))); err != nil {
			return err
		}
	}
	return t.notePos(usedKey, t.w.next-1)
}

// unindex forgets where the events of the room below the seq were, which are gone.
func (t *tx) unindex(room, seq int64) error {
	_, err := t.w.conn.ExecContext(t.w.ctx, `DELETE FROM positions WHERE room = ? AND last < ?`, room, seq)
	return err
}
