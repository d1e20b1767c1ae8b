package sqlite

import (
	"context"
	"fmt"
	"slices"

	"hubbub/hub"
)

// ReadAfter implements [hub.Log].
func (s *Store) ReadAfter(ctx context.Context, name string, after int64, limit int) ([]*hub.Entry, bool, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, false, err
	}
	return s.page(ctx, r,
		`SELECT seq, origin, body FROM events
		 WHERE room = ?1 AND seq > max(?2, (SELECT first - 1 FROM rooms WHERE id = ?1)) ORDER BY seq LIMIT ?3`, after, limit)
}

// ReadBefore implements [hub.Log].
func (s *Store) ReadBefore(ctx context.Context, name string, before int64, limit int) ([]*hub.Entry, bool, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, false, err
	}
	page, more, err := s.page(ctx, r,
		`SELECT seq, origin, body FROM events
		 WHERE room = ?1 AND seq >= (SELECT first FROM rooms WHERE id = ?1) AND seq < ?2 ORDER BY seq DESC LIMIT ?3`, before, limit)
	slices.Reverse(page)
	return page, more, err
}

// page runs a query for up to limit rows and reports whether there are more.
func (s *Store) page(ctx context.Context, r *room, query string, seq int64, limit int) (page []*hub.Entry, more bool, err error) {
	defer func() { err = s.fault(err) }()
	rows, err := s.read.QueryContext(ctx, query, r.id, seq, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("sqlite: read the log: %w", err)
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		if len(page) == limit || size > hub.MaxPageBytes {
			return page, true, nil
		}
		var origin string
		var body []byte
		if err := rows.Scan(&seq, &origin, &body); err != nil {
			return nil, false, fmt.Errorf("sqlite: read the log: %w", err)
		}
		e, err := hub.ParseEntry(body)
		if err != nil { // one row must not take the rest of the log with it
			e = hub.NewEntry(hub.Event{Type: hub.TypeDamaged, Room: r.info.Name, Seq: seq})
		}
		e.Event.Origin = origin
		size += len(body)
		page = append(page, e)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("sqlite: read the log: %w", err)
	}
	return page, false, nil
}
