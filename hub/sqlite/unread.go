package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"hubbub/hub"
)

// Unread implements [hub.Members].
func (s *Store) Unread(ctx context.Context, user, name string, rooms ...string) (_ []hub.Unread, err error) {
	defer func() { err = s.fault(err) }()
	f := s.fresh.Load()
	memberships, err := s.memberships(ctx, user, rooms)
	if err != nil {
		return nil, fmt.Errorf("sqlite: read the rooms of a user: %w", err)
	}
	all := make([]hub.Unread, 0, len(memberships))
	for _, p := range memberships {
		unindexed := f.of(p.id)
		p.Head = unindexed.head(p.Head)
		if err := s.countUnread(ctx, &p, unindexed, user, name); err != nil {
			return nil, fmt.Errorf("sqlite: count what is unread in room %s: %w", p.Room, err)
		}
		all = append(all, p.Unread)
	}
	return all, nil
}

// membership is where a member stands in a room.
type membership struct {
	hub.Unread
	id    int64
	first int64
}

func (s *Store) memberships(ctx context.Context, user string, rooms []string) ([]membership, error) {
	query, args := `SELECT r.id, r.first, r.name, `+headOf+`, m.read FROM members m JOIN rooms r ON r.id = m.room
		WHERE m.user = ? ORDER BY r.name LIMIT ?`, []any{user, hub.MaxPage}
	if len(rooms) > 0 { // a user may be a member of many more
		names, err := json.Marshal(rooms)
		if err != nil {
			return nil, err
		}
		query, args = `SELECT r.id, r.first, r.name, `+headOf+`, m.read FROM json_each(?) AS n CROSS JOIN rooms r ON r.name = n.value
			CROSS JOIN members m ON m.room = r.id AND m.user = ? ORDER BY r.name`, []any{string(names), user}
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []membership
	for rows.Next() {
		var p membership
		if err := rows.Scan(&p.id, &p.first, &p.Room, &p.Head, &p.Read); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// countUnread reads the newest messages above the member's mark.
func (s *Store) countUnread(ctx context.Context, p *membership, unindexed run, user, name string) error {
	if p.Head <= p.Read {
		return nil
	}
	for rows, err := range events(ctx, s.read, p.id, unindexed, span{
		low: max(p.first-1, p.Read, p.Head-hub.UnreadDepth) + 1, high: p.Head + 1, newest: true,
		columns: `e.body`, condition: `e.sender <> ?5`, args: []any{user},
	}) {
		if err != nil {
			return err
		}
		var seq int64
		var body sql.RawBytes
		if err := rows.Scan(&seq, &body); err != nil {
			return err
		}
		if p.CountJSON(body, user, name); p.Unread.Unread >= hub.MaxUnread {
			return nil
		}
	}
	return nil
}
