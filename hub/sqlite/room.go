package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"hubbub/hub"
)

// room is what is kept in memory of a room: always what is committed.
type room struct {
	place place
	ready chan struct{} // closed when it was read, or was not
	err   error         // why not
	id    int64

	mu     sync.Mutex
	info   hub.RoomInfo
	last   time.Time // of the newest event
	lastID string    // the highest id
	refs   *hub.Refs
}

// OpenRoom implements [hub.Log].
func (s *Store) OpenRoom(ctx context.Context, name string, create bool) (hub.RoomInfo, error) {
	r, err := s.room(ctx, name)
	for create && hub.CodeOf(err) == hub.NotFound { // again where it is deleted meanwhile
		err = s.do(ctx, func(t *tx) error {
			_, err := t.w.conn.ExecContext(t.w.ctx,
				`INSERT INTO rooms (id, name, epoch, created_at) SELECT `+nextRoom+`, ?, ?, ? WHERE true ON CONFLICT (name) DO NOTHING`,
				name, hub.NewID(), time.Now().UnixMilli())
			return err
		})
		if err == nil {
			r, err = s.room(ctx, name)
		}
	}
	if err != nil {
		return hub.RoomInfo{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.info, nil
}

func (r *room) countRefs() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refs.Len()
}

// headOf is the head of the log of the room r, without what is not indexed (see
// [run.head]): the seq of the newest event, or what was noted when rows went.
const headOf = `max(r.head, coalesce((SELECT max(last) FROM positions WHERE room = r.id), 0))`

// beforeNames is below the names of all rooms, and above those of removed ones.
const beforeNames = "/"

// Rooms implements [hub.Log].
func (s *Store) Rooms(ctx context.Context, after string, limit int) ([]hub.RoomInfo, error) {
	rooms, err := s.listRooms(ctx, headOf, after, limit)
	if troubleOf(err) == &damaged { // of one room's log, maybe, which the others are not to suffer from
		rooms, err = s.listWithDamage(ctx, after, limit)
	}
	return rooms, s.fault(err)
}

// listWithDamage is listRooms where the heads of some cannot be found: these have the
// one that was noted last.
func (s *Store) listWithDamage(ctx context.Context, after string, limit int) ([]hub.RoomInfo, error) {
	rooms, err := s.listRooms(ctx, "head", after, limit)
	for i := range rooms {
		r := &rooms[i]
		err := s.read.QueryRowContext(ctx, `SELECT max(?, `+headOf+`) FROM rooms r WHERE name = ?`, r.Head, r.Name).Scan(&r.Head)
		if err != nil && troubleOf(err) != &damaged && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("sqlite: find the head of room %s: %w", r.Name, err)
		}
	}
	return rooms, err
}

func (s *Store) listRooms(ctx context.Context, head, after string, limit int) ([]hub.RoomInfo, error) {
	f := s.fresh.Load()
	rows, err := s.read.QueryContext(ctx,
		`SELECT id, name, title, `+head+`, first, epoch FROM rooms r WHERE name > ? ORDER BY name LIMIT ?`, max(after, beforeNames), limit)
	if err != nil {
		return nil, fmt.Errorf("sqlite: list rooms: %w", err)
	}
	defer rows.Close()
	var rooms []hub.RoomInfo
	for rows.Next() {
		var id int64
		var r hub.RoomInfo
		if err := rows.Scan(&id, &r.Name, &r.Title, &r.Head, &r.First, &r.Epoch); err != nil {
			return nil, fmt.Errorf("sqlite: list rooms: %w", err)
		}
		unindexed := f.of(id)
		r.Head = unindexed.head(r.Head)
		rooms = append(rooms, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: list rooms: %w", err)
	}
	return rooms, nil
}

// Kept implements [hub.Log].
func (s *Store) Kept(ctx context.Context, name, sender string, refs []string) ([]hub.Kept, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, err
	}
	var kept []hub.Kept
	for _, ref := range refs {
		e, _, err := s.find(ctx, r, sender, ref)
		if err != nil {
			return nil, s.fault(err)
		}
		if e != nil {
			kept = append(kept, hub.Kept{Ref: ref, ID: e.Event.ID, Seq: e.Event.Seq})
		}
	}
	return kept, nil
}

// used reports whether the sender has used the ref, or seems to have.
func (r *room) used(sender, ref string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refs.Find(sender, ref) != 0
}

// find returns the committed event of the sender's ref, nil where there is none,
// and, where a change took away what it said, the sum of that.
func (s *Store) find(ctx context.Context, r *room, sender, ref string) (e *hub.Entry, sum []byte, err error) {
	r.mu.Lock()
	seq := r.refs.Find(sender, ref)
	r.mu.Unlock()
	if seq == 0 {
		return nil, nil, nil
	}
	var origin string
	var body []byte
	unindexed := s.fresh.Load().of(r.id)
	err = s.read.QueryRowContext(ctx, `SELECT origin, body, content FROM events
		WHERE pos = coalesce(?1, `+posOf+`) AND room = ?2 AND seq = ?3`, unindexed.at(seq), r.id, seq).
		Scan(&origin, &body, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("sqlite: look for a ref in room %s: %w", r.info.Name, err)
	}
	if e, err = hub.ParseEntry(body); err != nil || e.Event.From.ID != sender || e.Event.Ref != ref {
		return nil, nil, nil //nolint:nilerr // a damaged row has no ref
	}
	e.Event.Origin = origin
	return e, sum, nil
}

// room returns the room from memory, or from the file, for a reader: it may
// leave memory meanwhile, and is as it was then.
func (s *Store) room(ctx context.Context, name string) (*room, error) {
	r, err := s.rooms.pin(ctx, name)
	if err == nil {
		s.rooms.unpin(r)
	}
	return r, err
}

func (s *Store) loadRoom(ctx context.Context, r *room) error {
	i, f := &r.info, s.fresh.Load()
	err := s.read.QueryRowContext(ctx, `SELECT id, title, `+headOf+`, first, epoch FROM rooms r WHERE name = ?`, i.Name).
		Scan(&r.id, &i.Title, &i.Head, &i.First, &i.Epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return noRoom(i.Name)
	}
	unindexed := f.of(r.id)
	i.Head = unindexed.head(i.Head)
	if err == nil {
		err = s.loadLast(ctx, r, unindexed)
	}
	if err == nil {
		err = s.loadRefs(ctx, r, unindexed)
	}
	if err != nil {
		return s.fault(fmt.Errorf("sqlite: load room %s: %w", i.Name, err))
	}
	return nil
}

// loadLast finds the id of the newest event that can be read.
func (s *Store) loadLast(ctx context.Context, r *room, unindexed run) error {
	for rows, err := range events(ctx, s.read, r.id, unindexed, span{high: math.MaxInt64, newest: true, columns: `e.body`}) {
		if err != nil {
			return err
		}
		var seq int64
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return err
		}
		if e, err := hub.ParseEvent(body); err == nil {
			r.lastID = e.ID
			return nil
		}
	}
	return nil
}

// loadRefs fills the window from the log's tail: the newest events by number,
// and all that are young enough below them.
func (s *Store) loadRefs(ctx context.Context, r *room, unindexed run) error {
	after, err := s.beyondWindow(ctx, r, unindexed)
	if err != nil {
		return err
	}
	for rows, err := range events(ctx, s.read, r.id, unindexed, span{low: after + 1, high: math.MaxInt64, columns: `e.at, e.sender, e.ref`}) {
		if err != nil {
			return err
		}
		var seq, at int64
		var sender, ref string
		if err := rows.Scan(&seq, &at, &sender, &ref); err != nil {
			return err
		}
		r.last = time.UnixMilli(at).UTC()
		r.refs.Add(sender, ref, seq, r.last)
	}
	return nil
}

// beyondWindow returns the seq of the newest event whose ref is forgotten, 0 where
// there is none.
func (s *Store) beyondWindow(ctx context.Context, r *room, unindexed run) (seq int64, err error) {
	for rows, err := range events(ctx, s.read, r.id, unindexed, span{
		high: r.info.Head - hub.RefWindowCount + 1, newest: true, columns: `e.pos`,
		condition: `e.at < ?5`, args: []any{time.Now().Add(-hub.RefWindow).UnixMilli()},
	}) {
		if err == nil {
			err = rows.Scan(&seq, new(int64))
		}
		return seq, err
	}
	return 0, nil
}
