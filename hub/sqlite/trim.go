package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"hubbub/hub"
)

// What one commit takes out of a log, at most.
const (
	trimPage  = 2000    // events
	trimBytes = 8 << 20 // of them, where there is more than one
)

// Trim implements [hub.Log]. Of an event whose ref is to be remembered a stub
// stays below the room's first seq, without what it said.
func (s *Store) Trim(ctx context.Context, name string, keep hub.Keep) (hub.RoomInfo, bool, error) {
	type answer struct {
		info hub.RoomInfo
		more bool
	}
	info, due, err := s.due(ctx, name, keep)
	if err != nil || !due {
		return info, false, err
	}
	a, err := ask(ctx, s, func(t *tx) (a answer, err error) {
		p, err := t.room(name)
		if err == nil {
			err = t.index(p)
		}
		if err != nil {
			return a, err
		}
		first, more, err := t.trimTo(p, keep)
		if err == nil && first > p.first {
			err = t.trim(p, first)
		}
		if err == nil {
			err = t.dropStubs(p)
		}
		if err != nil {
			return a, fmt.Errorf("sqlite: trim room %s: %w", name, err)
		}
		a.info, a.more = p.info(), more
		p.first = max(p.first, first)
		a.info.First = p.first
		return a, nil
	})
	return a.info, a.more, err
}

// due reads whether there is anything to take, so that a room where there is not
// costs the writer nothing and does not come into memory. No event is younger than
// those above it.
func (s *Store) due(ctx context.Context, name string, keep hub.Keep) (info hub.RoomInfo, due bool, err error) {
	f := s.fresh.Load()
	var id, stub, at, stubAt int64
	err = s.read.QueryRowContext(ctx,
		`SELECT r.id, r.name, r.title, `+headOf+`, r.first, r.epoch, coalesce(e.at, ?1), coalesce(o.seq, r.first), coalesce(o.at, ?1)
		 FROM rooms r LEFT JOIN events e ON e.pos = (SELECT e.pos FROM `+indexedEvents+` WHERE p.room = r.id AND p.last >= r.first AND e.seq >= r.first ORDER BY p.last LIMIT 1)
		 LEFT JOIN events o ON o.pos = (SELECT e.pos FROM `+indexedEvents+` WHERE p.room = r.id ORDER BY p.last LIMIT 1)
		 WHERE r.name = ?2`, int64(math.MaxInt64), name).
		Scan(&id, &info.Name, &info.Title, &info.Head, &info.First, &info.Epoch, &at, &stub, &stubAt)
	if errors.Is(err, sql.ErrNoRows) {
		return info, false, noRoom(name)
	}
	unindexed := f.of(id)
	info.Head = unindexed.head(info.Head)
	if pos := unindexed.at(info.First); err == nil && pos != nil {
		err = s.read.QueryRowContext(ctx, `SELECT coalesce((SELECT at FROM events WHERE pos = ?), ?)`, pos, at).Scan(&at)
	}
	if err != nil {
		return info, false, s.fault(fmt.Errorf("sqlite: look at what to trim of room %s: %w", name, err))
	}
	now := time.Now()
	due = keep.Events > 0 && info.Head-info.First >= keep.Events ||
		keep.Age > 0 && at < now.Add(-keep.Age).UnixMilli() ||
		stub < info.First && stub <= info.Head-hub.RefWindowCount && stubAt < now.Add(-hub.RefWindow).UnixMilli()
	return info, due, nil
}

// trimTo returns the seq of the oldest event to stay or, where there may be more to
// take, as far as one commit goes.
func (t *tx) trimTo(p *pending, keep hub.Keep) (first int64, more bool, err error) {
	end, more, err := t.trimEnd(p)
	if err != nil {
		return 0, false, err
	}
	first = p.first
	if keep.Events > 0 {
		first = max(first, min(p.head-keep.Events+1, end))
	}
	if keep.Age > 0 {
		var old int64
		err := t.w.conn.QueryRowContext(t.w.ctx,
			`SELECT coalesce(max(e.seq) + 1, 0) FROM `+indexedEvents+` WHERE `+inSpan+` AND e.at < ?4`,
			p.room.id, p.first, end, time.Now().Add(-keep.Age).UnixMilli()).Scan(&old)
		if err != nil {
			return 0, false, err
		}
		first = max(first, old)
	}
	return first, more && first == end, nil
}

// trimEnd returns how far one commit goes, and whether the log goes on there.
func (t *tx) trimEnd(p *pending) (end int64, more bool, err error) {
	rows, err := t.w.conn.QueryContext(t.w.ctx,
		`SELECT e.seq, length(e.body) FROM `+indexedEvents+` WHERE `+inSpan+` ORDER BY p.last LIMIT ?4`, p.room.id, p.first, p.head+1, trimPage)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	end = p.first
	for bytes := 0; rows.Next() && bytes < trimBytes; {
		var seq int64
		var size int
		if err := rows.Scan(&seq, &size); err != nil {
			return 0, false, err
		}
		end, bytes = seq+1, bytes+size
	}
	return end, end <= p.head, rows.Err()
}

// trim makes first the seq of the oldest event kept. The newest may be among those
// that go: so the head is written.
func (t *tx) trim(p *pending, first int64) error {
	if _, err := t.w.conn.ExecContext(t.w.ctx, `UPDATE rooms SET first = ?, head = ? WHERE id = ?`, first, p.head, p.room.id); err != nil {
		return err
	}
	if err := t.remove(p.room.id, p.first, first, `ref = ''`); err != nil {
		return err
	}
	said, err := t.readableIn(p, p.first, first)
	if err != nil {
		return err
	}
	for _, r := range said {
		e := r.event
		stub := hub.Event{Type: e.Type, Room: e.Room, ID: e.ID, Seq: e.Seq, At: e.At, From: hub.Participant{ID: e.From.ID}, Ref: e.Ref}
		if err := t.rewrite(r, &stub); err != nil {
			return err
		}
	}
	return nil
}

// readableIn returns the events from seq first to below end that can be read.
func (t *tx) readableIn(p *pending, first, end int64) (all []row, err error) {
	rows, err := t.w.conn.QueryContext(t.w.ctx, `SELECT e.pos, e.body FROM `+indexedEvents+` WHERE `+inSpan, p.room.id, first, end)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var pos int64
		var body []byte
		if err := rows.Scan(&pos, &body); err != nil {
			return nil, err
		}
		if e, err := hub.ParseEntry(body); err == nil {
			all = append(all, row{pos, &e.Event})
		}
	}
	return all, rows.Err()
}

// dropStubs forgets the refs that are out of the window.
func (t *tx) dropStubs(p *pending) error {
	end := min(p.first, p.head-hub.RefWindowCount+1)
	var oldest int64
	err := t.w.conn.QueryRowContext(t.w.ctx, `SELECT coalesce((SELECT e.seq FROM `+indexedEvents+` WHERE `+inSpan+` AND e.at >= ?4 ORDER BY p.last LIMIT 1), ?3)`,
		p.room.id, 0, end, time.Now().Add(-hub.RefWindow).UnixMilli()).Scan(&end)
	if err == nil { // no event is younger than those above it
		err = t.remove(p.room.id, 0, end, `true`)
	}
	if err == nil {
		err = t.w.conn.QueryRowContext(t.w.ctx, `SELECT coalesce((SELECT e.seq FROM `+indexedEvents+` WHERE p.room = ?1 ORDER BY p.last LIMIT 1), ?2)`,
			p.room.id, p.head).Scan(&oldest)
	}
	if err == nil {
		err = t.unindex(p.room.id, oldest)
	}
	return err
}
