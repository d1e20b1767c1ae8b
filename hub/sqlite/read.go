package sqlite

import (
	"context"
	"fmt"
	"math"
	"slices"

	"hubbub/hub"
)

// ReadAfter implements [hub.Log].
func (s *Store) ReadAfter(ctx context.Context, name string, after int64, limit int) ([]*hub.Entry, bool, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, false, err
	}
	return s.page(ctx, r, span{low: min(after, math.MaxInt64-1) + 1, high: math.MaxInt64}, limit)
}

// ReadBefore implements [hub.Log].
func (s *Store) ReadBefore(ctx context.Context, name string, before int64, limit int) ([]*hub.Entry, bool, error) {
	r, err := s.room(ctx, name)
	if err != nil {
		return nil, false, err
	}
	page, more, err := s.page(ctx, r, span{high: before, newest: true}, limit)
	slices.Reverse(page)
	return page, more, err
}

// page reads up to limit events of the span and reports whether there are more.
func (s *Store) page(ctx context.Context, r *room, sp span, limit int) (page []*hub.Entry, more bool, err error) {
	defer func() { err = s.fault(err) }()
	sp.kept, sp.page, sp.columns = true, limit+1, `e.origin, e.body`
	unindexed := s.fresh.Load().of(r.id)
	page, more, err = s.readPage(ctx, r, unindexed, sp, limit)
	if err == nil && len(page) == 0 && sp.newest && sp.high > unindexed.end() {
		// Retention took all that there was: what it leaves is indexed by the same commit.
		page, more, err = s.readPage(ctx, r, run{}, sp, limit)
	}
	return page, more, err
}

func (s *Store) readPage(ctx context.Context, r *room, unindexed run, sp span, limit int) (page []*hub.Entry, more bool, err error) {
	size := 0
	for rows, err := range events(ctx, s.read, r.id, unindexed, sp) {
		if err != nil {
			return nil, false, fmt.Errorf("sqlite: read the log: %w", err)
		}
		if len(page) == limit || size > hub.MaxPageBytes {
			return page, true, nil
		}
		var seq int64
		var origin string
		var body []byte
		if err := rows.Scan(&seq, &origin, &body); err != nil {
			return nil, false, fmt.Errorf("sqlite: read the log: %w", err)
		}
		if len(page) > 0 && !sp.newest && seq != page[len(page)-1].Event.Seq+1 {
			return page, true, nil // retention took what came between: the next page begins where the log does now
		}
		e, err := hub.ParseEntry(body)
		if err != nil { // one row must not take the rest of the log with it
			e = hub.NewEntry(hub.Event{Type: hub.TypeDamaged, Room: r.info.Name, Seq: seq})
		}
		e.Event.Origin = origin
		size += len(body)
		page = append(page, e)
	}
	return page, false, nil
}
