package hub

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// maxAhead bounds the events of an ephemeral room that wait for one before them.
const maxAhead = 1024

// Gap is the detail of room.gap: events of an ephemeral room that the reader
// will not see.
type Gap struct {
	After int64 `json:"after"` // seq of the last event before the hole
	Next  int64 `json:"next"`  // seq of the first one after it
}

// gap returns the event that tells of a hole.
func (r *room) gap(after, next int64) *Entry {
	return NewEntry(Event{Type: TypeRoomGap, Room: r.name, Detail: &Gap{After: after, Next: next}})
}

// needsLog refuses what an ephemeral room cannot do.
func (r *room) needsLog() error {
	if !r.policy.Ephemeral {
		return nil
	}
	return Errorf(Invalid, "The room %s keeps no history: what was said there cannot be read again, changed or marked.", r.name)
}

// publishEphemeral has the layer number e and carry it. rows are committed
// before: what is ephemeral may be lost, and is not said twice.
func (h *Hub) publishEphemeral(ctx context.Context, r *room, e Event, done func(*Entry, error), rows []State) {
	if len(rows) > 0 {
		if err := h.store.SetState(ctx, rows...); err != nil {
			done(nil, h.unavailable("store what belongs to an event of room", r.name, err))
			return
		}
	}
	r, err := h.stayForFollowers(ctx, r)
	if err != nil {
		done(nil, err)
		return
	}
	e.At = time.Now().UTC().Truncate(time.Millisecond)
	h.layer.PublishNext(ctx, r.name, e, func(entry *Entry, err error) {
		r.release()
		if err != nil {
			err = h.unavailable("publish to room", r.name, err)
		}
		done(entry, err)
	})
}

// arrive puts an event of an ephemeral room into its place, and waits a moment
// for those that it overtook. It is called with the room locked.
func (r *room) arrive(e *Entry) {
	switch seq := e.Event.Seq; {
	case seq <= r.head:
	case seq == r.head+1:
		r.append(e, nil)
		r.catchUpAhead()
	case len(r.ahead) < maxAhead:
		i, found := slices.BinarySearchFunc(r.ahead, seq, func(e *Entry, seq int64) int { return cmp.Compare(e.Event.Seq, seq) })
		if !found {
			r.ahead = slices.Insert(r.ahead, i, e)
		}
		if len(r.ahead) == 1 {
			time.AfterFunc(repairGrace, r.passGap)
		}
	}
}

// catchUpAhead appends what waited for the head.
func (r *room) catchUpAhead() {
	for len(r.ahead) > 0 && r.ahead[0].Event.Seq <= r.head+1 {
		if r.ahead[0].Event.Seq == r.head+1 {
			r.append(r.ahead[0], nil)
		}
		r.ahead = r.ahead[1:]
	}
}

// passGap goes on behind a hole that was not filled in time, and tells of it.
func (r *room) passGap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ahead) == 0 {
		return
	}
	next := r.ahead[0]
	r.ahead = r.ahead[1:]
	r.append(next, r.gap(r.head, next.Event.Seq))
	r.catchUpAhead()
	if len(r.ahead) > 0 {
		time.AfterFunc(repairGrace, r.passGap)
	}
	r.shard.wakeRoom(r)
}

// skip takes a reader that fell out of memory to the oldest frame there, and
// tells it what it missed.
func (c *Cursor) skip(to int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.next >= to {
		return
	}
	if frame := c.log.format.Append(nil, c.room.gap(c.next-1, to)); len(frame) > 0 {
		c.reader.Take(c, frame)
	}
	c.next = to
}
