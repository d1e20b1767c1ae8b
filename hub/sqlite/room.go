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
	id int64

	mu   sync.Mutex
	info hub.RoomInfo
	last time.Time // of the newest event
	refs *hub.Refs
}

// OpenRoom implements [hub.Log].
func (s *Store) OpenRoom(ctx context.Context, name string, create bool) (hub.RoomInfo, error) {
	r, err := s.room(ctx, name)
	if create && hub.CodeOf(err) == hub.NotFound {
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

// Rooms implements [hub.Log].
func (s *Store) Rooms(ctx context.Context) (_ []hub.RoomInfo, err error) {
	defer func() { err = s.fault(err) }()
	rows, err := s.read.QueryContext(ctx, `SELECT name, title, head, first, epoch FROM rooms ORDER BY name`)
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
	return rooms, rows.Err()
}

// Kept implements [hub.Log].
func (s *Store) Kept(ctx context.Context, name, sender string, refs []string) ([]hub.Kept, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, err
	}
	var kept []hub.Kept
	for _, ref := range refs {
		e, err := s.find(ctx, r, sender, ref)
		if err != nil {
			return nil, err
		}
		if e != nil {
			kept = append(kept, hub.Kept{Ref: ref, ID: e.Event.ID, Seq: e.Event.Seq})
		}
	}
	return kept, nil
}

// find returns the committed event of the sender's ref, nil where there is none.
func (s *Store) find(ctx context.Context, r *room, sender, ref string) (*hub.Entry, error) {
	r.mu.Lock()
	seq := r.refs.Find(sender, ref)
	r.mu.Unlock()
	if seq == 0 {
		return nil, nil
	}
	page, _, err := s.page(ctx, r, `SELECT seq, origin, body FROM events WHERE room = ? AND seq = ? LIMIT ?`, seq, 1)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	if e := &page[0].Event; e.From.ID != sender || e.Ref != ref {
		return nil, nil
	}
	return page[0], nil
}

// room returns the room from memory, or from the file.
func (s *Store) room(ctx context.Context, name string) (*room, error) {
	s.mu.Lock()
	r := s.rooms[name]
	s.mu.Unlock()
	if r != nil {
		return r, nil
	}
	r, err := s.loadRoom(ctx, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.rooms[name]; other != nil {
		return other, nil
	}
	s.rooms[name] = r
	return r, nil
}

func (s *Store) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, name)
}

func (s *Store) loadRoom(ctx context.Context, name string) (*room, error) {
	r := &room{info: hub.RoomInfo{Name: name}, refs: hub.NewRefs()}
	i := &r.info
	err := s.read.QueryRowContext(ctx, `SELECT id, title, head, first, epoch FROM rooms WHERE name = ?`, name).
		Scan(&r.id, &i.Title, &i.Head, &i.First, &i.Epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, hub.Errorf(hub.NotFound, "There is no room %s.", name)
	}
	if err == nil {
		err = s.loadRefs(ctx, r)
	}
	if err != nil {
		return nil, s.fault(fmt.Errorf("sqlite: load room %s: %w", name, err))
	}
	return r, nil
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
