package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hubbub/hub"
)

// Admit implements [hub.Members].
func (s *Store) Admit(ctx context.Context, room string, p hub.Participant) (added bool, err error) {
	return ask(ctx, s, func(t *tx) (bool, error) {
		in, err := t.room(room)
		if err != nil {
			return false, err
		}
		added, err := changed(t.w.admit.ExecContext(t.w.ctx, in.room.id, p.ID, p.Name, string(p.Kind), time.Now().UnixMilli()))
		if err == nil && !added {
			_, err = changed(t.w.rename.ExecContext(t.w.ctx, p.Name, string(p.Kind), in.room.id, p.ID))
		}
		return added, err
	})
}

// Dismiss implements [hub.Members].
func (s *Store) Dismiss(ctx context.Context, room, user string) (removed bool, err error) {
	return ask(ctx, s, func(t *tx) (bool, error) {
		in, err := t.room(room)
		if err != nil {
			return false, err
		}
		return changed(t.w.conn.ExecContext(t.w.ctx, `DELETE FROM members WHERE room = ? AND user = ?`, in.room.id, user))
	})
}

// MarkRead implements [hub.Members].
func (s *Store) MarkRead(ctx context.Context, room, user string, seq int64) (mark int64, moved bool, err error) {
	type answer struct {
		mark  int64
		moved bool
	}
	a, err := ask(ctx, s, func(t *tx) (a answer, err error) {
		in, err := t.room(room)
		if err != nil {
			return a, err
		}
		err = t.w.conn.QueryRowContext(t.w.ctx, `SELECT read FROM members WHERE room = ? AND user = ?`, in.room.id, user).Scan(&a.mark)
		if errors.Is(err, sql.ErrNoRows) {
			return a, hub.Errorf(hub.Forbidden, "You are no member of the room %s. Join it first.", room)
		}
		if err != nil {
			return a, fmt.Errorf("sqlite: mark room %s as read: %w", room, err)
		}
		if seq = min(seq, in.head); seq <= a.mark {
			return a, nil
		}
		a.mark = seq
		a.moved, err = changed(t.w.conn.ExecContext(t.w.ctx, `UPDATE members SET read = ? WHERE room = ? AND user = ?`, seq, in.room.id, user))
		return a, err
	})
	return a.mark, a.moved, err
}

// changed reports whether the statement that was run changed a row.
func changed(r sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("sqlite: members: %w", err)
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// Members implements [hub.Members].
func (s *Store) Members(ctx context.Context, room, after string, limit int) (page []hub.Member, more bool, err error) {
	defer func() { err = s.fault(err) }()
	r, err := s.room(ctx, room)
	if err != nil {
		return nil, false, err
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT user, name, kind, at, read FROM members WHERE room = ? AND user > ? ORDER BY user LIMIT ?`, r.id, after, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("sqlite: read the members of room %s: %w", room, err)
	}
	defer rows.Close()
	for rows.Next() {
		if len(page) == limit {
			return page, true, nil
		}
		var m hub.Member
		var at int64
		if err := rows.Scan(&m.ID, &m.Name, &m.Kind, &at, &m.Read); err != nil {
			return nil, false, fmt.Errorf("sqlite: read the members of room %s: %w", room, err)
		}
		m.At = time.UnixMilli(at).UTC()
		page = append(page, m)
	}
	return page, false, rows.Err()
}
