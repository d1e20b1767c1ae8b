package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"hubbub/hub"
)

const (
	// removedName begins the names of rooms that were deleted and whose events are
	// not all gone yet. No room's name begins with it.
	removedName = "!"
	// removedKey is the row that counts the events that deleted rooms ever had: the
	// tail counts them too.
	removedKey = "sqlite/removed"
	// goneKey is the row that says the highest id of a deleted room that is all gone.
	goneKey = "sqlite/gone"
	// nextRoom is an id that no room had before: who was to read of a deleted one does
	// not read of another.
	nextRoom = `1 + max((SELECT coalesce(max(id), 0) FROM rooms),
		coalesce((SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM state WHERE key = '` + goneKey + `'), 0))`
	// purgePage is how many events of a deleted room one commit takes.
	purgePage = 5000
)

// DeleteRoom implements [hub.Log]. One commit takes the name, and with it all that
// makes it a room. The events, of which there may be millions, go after that, some
// in each commit, so that nobody waits for them; what a crash leaves of them goes
// after the next opening.
func (s *Store) DeleteRoom(ctx context.Context, name string) error {
	err := s.do(ctx, func(t *tx) error {
		p, err := t.room(name)
		if err != nil {
			return err
		}
		if err := t.unname(p); err != nil {
			return fmt.Errorf("sqlite: delete room %s: %w", name, err)
		}
		p.deleted = true
		return nil
	})
	if err == nil {
		s.purgeSoon()
	}
	return err
}

func (t *tx) unname(p *pending) error {
	if err := t.index(p); err != nil {
		return err
	}
	if _, err := t.w.conn.ExecContext(t.w.ctx, `DELETE FROM members WHERE room = ?`, p.room.id); err != nil {
		return err
	}
	if _, err := t.w.conn.ExecContext(t.w.ctx, `UPDATE rooms SET name = ?, title = '', head = 0, first = 1 WHERE id = ?`,
		removedName+strconv.FormatInt(p.room.id, 10), p.room.id); err != nil {
		return err
	}
	_, err := t.w.conn.ExecContext(t.w.ctx, `INSERT INTO state (key, value) VALUES (?1, CAST(?2 AS BLOB))
		ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(CAST(value AS TEXT) AS INTEGER) + ?2 AS BLOB)`, removedKey, p.head)
	return err
}

// purgeSoon takes away what is left of deleted rooms, unless that is under way.
func (s *Store) purgeSoon() {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return
	}
	s.purges.Go(func() {
		for more := true; more; {
			var err error
			more, err = ask(context.Background(), s, (*tx).purge)
			if err != nil { // of which the operations of the hub tell too
				return
			}
		}
	})
}

// purge takes away some of the events of a deleted room, and reports whether there
// may be more.
func (t *tx) purge() (more bool, err error) {
	var id int64
	err = t.w.conn.QueryRowContext(t.w.ctx, `SELECT id FROM rooms WHERE name >= ? AND name < '0' LIMIT 1`, removedName).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sqlite: look for deleted rooms: %w", err)
	}
	end, err := t.purgeEnd(id)
	if err == nil && end > 0 {
		err = errors.Join(t.remove(id, 0, end, `true`), t.unindex(id, end))
	}
	if err != nil {
		return false, fmt.Errorf("sqlite: take away the events of a deleted room: %w", err)
	}
	if end > 0 {
		return true, nil
	}
	_, err = t.w.conn.ExecContext(t.w.ctx, `INSERT INTO state (key, value) VALUES (?1, CAST(?2 AS BLOB))
		ON CONFLICT (key) DO UPDATE SET value = CAST(max(CAST(CAST(value AS TEXT) AS INTEGER), ?2) AS BLOB)`, goneKey, id)
	if err == nil {
		_, err = t.w.conn.ExecContext(t.w.ctx, `DELETE FROM rooms WHERE id = ?`, id)
	}
	if err != nil {
		return false, fmt.Errorf("sqlite: take a deleted room away: %w", err)
	}
	return true, nil
}

// purgeEnd returns how far one commit goes, 0 where there is nothing left.
func (t *tx) purgeEnd(room int64) (end int64, err error) {
	rows, err := t.w.conn.QueryContext(t.w.ctx, `SELECT last, json_array_length(offsets) FROM positions WHERE room = ? ORDER BY last`, room)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for events := 0; events < purgePage && rows.Next(); {
		var last int64
		var n int
		if err := rows.Scan(&last, &n); err != nil {
			return 0, err
		}
		end, events = last+1, events+n
	}
	return end, rows.Err()
}

// noRoom is the error of a room that does not exist.
func noRoom(name string) error { return hub.Errorf(hub.NotFound, "There is no room %s.", name) }
