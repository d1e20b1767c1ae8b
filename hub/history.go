package hub

import "context"

// Sizes of pages.
const (
	DefaultPage = 50
	MaxPage     = 1000
)

// History returns a page of the room's log for a scope that may read it.
func (h *Hub) History(ctx context.Context, s *Scope, room string, q *HistoryRequest) (*History, error) {
	limit, err := pageLimit(q.Limit, DefaultPage)
	switch {
	case err != nil:
		return nil, err
	case q.Before != nil && q.After != nil:
		return nil, Errorf(Invalid, "History goes before a seq or after one, not both.")
	case q.Before != nil && *q.Before < 1, q.After != nil && *q.After < 0:
		return nil, Errorf(Invalid, "before is a seq from 1 on, after one from 0 on.")
	}
	r, err := h.enter(ctx, s, room, false)
	if err == nil {
		err = r.needsLog()
	}
	if err != nil {
		return nil, err
	}
	var page []*Entry
	var more bool
	if q.After != nil {
		page, more, err = h.store.ReadAfter(ctx, room, *q.After, limit)
	} else {
		head, _, _ := r.where()
		before := head + 1
		if q.Before != nil {
			before = *q.Before
		}
		page, more, err = h.store.ReadBefore(ctx, room, before, limit)
	}
	if err != nil {
		return nil, h.unavailable("read room", room, err)
	}
	return &History{Events: page, More: more}, nil
}

func pageLimit(limit, byDefault int) (int, error) {
	switch {
	case limit < 0:
		return 0, Errorf(Invalid, "limit is a number from 0 to %d.", MaxPage)
	case limit == 0:
		return byDefault, nil
	default:
		return min(limit, MaxPage), nil
	}
}
