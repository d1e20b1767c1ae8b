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
	return s.page(ctx,
		`SELECT seq, origin, body FROM events WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?`, r.id, after, limit)
}

// ReadBefore implements [hub.Log].
func (s *Store) ReadBefore(ctx context.Context, name string, before int64, limit int) ([]*hub.Entry, bool, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, false, err
	}
	page, more, err := s.page(ctx,
		`SELECT seq, origin, body FROM events WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ?`, r.id, before, limit)
	slices.Reverse(page)
	return page, more, err
}

// page runs a query for up to limit rows and reports whether there are more.
func (s *Store) page(ctx context.Context, query string, room, seq int64, limit int) (page []*hub.Entry, more bool, err error) {
	rows, err := s.read.QueryContext(ctx, query, room, seq, limit+1)
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
		if err != nil {
			return nil, false, fmt.Errorf("sqlite: the log holds what is no event at seq %d: %w", seq, err)
		}
		e.Event.Origin = origin
		size += len(body)
		page = append(page, e)
	}
	return page, false, rows.Err()
}
