package hub

import "context"

// around returns a page of the room's log with the event of that id in its
// middle; an id that the log does not have is [NotFound].
func (h *Hub) around(ctx context.Context, r *room, id string, limit int) (page []*Entry, more bool, err error) {
	seq, err := h.seqOf(ctx, r, id)
	if err != nil {
		return nil, false, err
	}
	return h.store.ReadBefore(ctx, r.name, seq+1+int64(limit/2), limit)
}

// seqOf finds an event by its id. Ids ascend with seq, so that it takes some
// twenty reads of one row, whatever the store.
func (h *Hub) seqOf(ctx context.Context, r *room, id string) (int64, error) {
	head, first, _ := r.where()
	low, high := first, head+1
	for low < high {
		middle := low + (high-low)/2
		e, err := h.namedFrom(ctx, r, middle, high)
		switch {
		case err != nil:
			return 0, err
		case e == nil || e.ID > id:
			high = middle
		case e.ID == id:
			return e.Seq, nil
		default:
			low = e.Seq + 1
		}
	}
	return 0, Errorf(NotFound, "The room %s has no message %.64q, or has it no longer.", r.name, id)
}

// namedFrom returns the first event from seq low to below high that has an id,
// which what stands in the place of a damaged row has not; nil where there is none.
func (h *Hub) namedFrom(ctx context.Context, r *room, low, high int64) (*Event, error) {
	for low < high {
		page, _, err := h.store.ReadAfter(ctx, r.name, low-1, 1)
		if err != nil || len(page) == 0 || page[0].Event.Seq >= high {
			return nil, err
		}
		if e := &page[0].Event; e.ID != "" {
			return e, nil
		}
		low = page[0].Event.Seq + 1
	}
	return nil, nil
}
