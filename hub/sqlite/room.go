package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
				`INSERT INTO rooms (name, epoch, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING`,
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

// headOf is the head of the log of the room r: the seq of its newest row, or what
// was noted when rows went.
const headOf = `max(r.head, coalesce((SELECT max(seq) FROM events WHERE room = r.id), 0))`

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
		err := s.read.QueryRowContext(ctx, `SELECT `+headOf+` FROM rooms r WHERE name = ?`, r.Name).Scan(&r.Head)
		if err != nil && troubleOf(err) != &damaged && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("sqlite: find the head of room %s: %w", r.Name, err)
		}
	}
	return rooms, err
}

func (s *Store) listRooms(ctx context.Context, head, after string, limit int) ([]hub.RoomInfo, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT name, title, `+head+`, first, epoch FROM rooms r WHERE name > ? ORDER BY name LIMIT ?`, max(after, beforeNames), limit)
	if err != nil {
		return nil, fmt.Errorf("sqlite: list rooms: %w", err)
	}
	defer rows.Close()
	var rooms []hub.RoomInfo
	for rows.Next() {
		var r hub.RoomInfo
		if err := rows.Scan(&r.Name, &r.Title, &r.Head, &r.First, &r.Epoch); err != nil {
			return nil, fmt.Errorf("sqlite: list rooms: %w", err)
		}
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
	err = s.read.QueryRowContext(ctx, `SELECT origin, body, content FROM events WHERE room = ? AND seq = ?`, r.id, seq).
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
	i := &r.info
	err := s.read.QueryRowContext(ctx, `SELECT id, title, `+headOf+`, first, epoch FROM rooms r WHERE name = ?`, i.Name).
		Scan(&r.id, &i.Title, &i.Head, &i.First, &i.Epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return noRoom(i.Name)
	}
	if err == nil {
		err = s.loadLast(ctx, r)
	}
	if err == nil {
		err = s.loadRefs(ctx, r)
	}
	if err != nil {
		return s.fault(fmt.Errorf("sqlite: load room %s: %w", i.Name, err))
	}
	return nil
}

// loadLast finds the id of the newest event that can be read.
func (s *Store) loadLast(ctx context.Context, r *room) error {
	rows, err := s.read.QueryContext(ctx, `SELECT body FROM events WHERE room = ? ORDER BY seq DESC`, r.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for r.lastID == "" && rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		if e, err := hub.ParseEvent(body); err == nil {
			r.lastID = e.ID
		}
	}
	return rows.Err()
}

// loadRefs fills the window from the log's tail: the newest events by number,
// and all that are young enough below them.
func (s *Store) loadRefs(ctx context.Context, r *room) error {
	var after int64
	err := s.read.QueryRowContext(ctx,
		`SELECT seq FROM events WHERE room = ? AND seq <= ? AND at < ? ORDER BY seq DESC LIMIT 1`,
		r.id, r.info.Head-hub.RefWindowCount, time.Now().Add(-hub.RefWindow).UnixMilli()).Scan(&after)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT seq, at, sender, ref FROM events WHERE room = ? AND seq > ? ORDER BY seq`, r.id, after)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq, at int64
		var sender, ref string
		if err := rows.Scan(&seq, &at, &sender, &ref); err != nil {
			return err
		}
		r.last = time.UnixMilli(at).UTC()
		r.refs.Add(sender, ref, seq, r.last)
	}
	return rows.Err()
}
