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
	case several(q.Before != nil, q.After != nil, q.Around != ""):
		return nil, Errorf(Invalid, "History goes before a seq, after one, or around an id: one of them.")
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
	switch {
	case q.Around != "":
		if page, more, err = h.around(ctx, r, q.Around, limit); CodeOf(err) == NotFound {
			return nil, err
		}
	case q.After != nil:
		page, more, err = h.store.ReadAfter(ctx, room, *q.After, limit)
	case q.Before != nil:
		page, more, err = h.store.ReadBefore(ctx, room, *q.Before, limit)
	default:
		head, _, _ := r.where()
		page, more, err = h.store.ReadBefore(ctx, room, head+1, limit)
	}
	if err != nil {
		return nil, h.unavailable("read room", room, err)
	}
	return &History{Events: page, More: more}, nil
}

// several reports whether more than one of all holds.
func several(all ...bool) bool {
	count := 0
	for _, holds := range all {
		if holds {
			count++
		}
	}
	return count > 1
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
