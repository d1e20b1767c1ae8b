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

// needsLog refuses what an ephemeral room cannot do.
func (r *room) needsLog() error {
	if !r.policy.Ephemeral {
		return nil
	}
	return Errorf(Invalid, "The room %s keeps no history: what was said there cannot be read again, changed or marked.", r.name)
}

// keep commits what belongs to events of an ephemeral room, before they are
// published: what is ephemeral may be lost, and is not said twice.
func (r *room) keep(ctx context.Context, rows []State) error {
	if len(rows) == 0 {
		return nil
	}
	if err := r.hub.store.SetState(ctx, rows...); err != nil {
		return r.hub.unavailable("store what belongs to an event of room", r.name, err)
	}
	return nil
}

// publishEphemeral has the layer number e and carry it.
func (h *Hub) publishEphemeral(ctx context.Context, in *room, e *Event, done func(*Entry, error)) {
	e.At = time.Now().UTC().Truncate(time.Millisecond)
	// The layer counts as long as somebody listens, and what a room that has left
	// memory does not hear is lost to those who follow all rooms.
	r, err := h.stay(ctx, in)
	if err != nil {
		h.refuse(done, err)
		return
	}
	h.layer.PublishNext(ctx, r.name, *e, func(entry *Entry, err error) {
		defer r.release()
		if err != nil {
			h.refuse(done, h.unavailable("publish to room", r.name, err))
			return
		}
		h.events.add(entry.Event.Type)
		done(entry, nil)
	})
}

// early is an event that overtook another, since when.
type early struct {
	*Entry
	at time.Time
}

// arrive puts an event of an ephemeral room into its place, and waits a moment
// for those that it overtook. It is called with the room locked.
func (r *room) arrive(e *Entry) {
	switch seq := e.Event.Seq; {
	case seq <= r.head:
	case seq == r.head+1:
		r.append(e)
		r.appendAhead()
	case len(r.ahead) < maxAhead:
		i, found := slices.BinarySearchFunc(r.ahead, seq, func(e early, seq int64) int { return cmp.Compare(e.Event.Seq, seq) })
		if found {
			return
		}
		r.ahead = slices.Insert(r.ahead, i, early{e, time.Now()})
		if !r.passing {
			r.passing = true
			time.AfterFunc(repairGrace, r.passHoles)
		}
	}
}

// appendAhead appends what waited for the head.
func (r *room) appendAhead() {
	for len(r.ahead) > 0 && r.ahead[0].Event.Seq == r.head+1 {
		r.append(r.ahead[0].Entry)
		r.ahead = r.ahead[1:]
	}
}

// passHoles goes on behind the holes that were not filled in time.
func (r *room) passHoles() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.ahead) > 0 {
		// What came after a hole may have waited less long than what came after
		// that.
		since := slices.MinFunc(r.ahead, func(a, b early) int { return a.at.Compare(b.at) }).at
		if left := repairGrace - time.Since(since); left > 0 {
			time.AfterFunc(left, r.passHoles)
			r.shard.wakeRoom(r, fullBytes)
			return
		}
		r.append(r.ahead[0].Entry)
		r.ahead = r.ahead[1:]
		r.appendAhead()
	}
	r.passing = false
	r.shard.wakeRoom(r, fullBytes)
}

// skip takes a reader on to the event of seq, and tells it what it does not get.
// It reports whether the reader took that; it is called with the cursor locked.
func (c *Cursor) skip(seq int64) bool {
	if c.next >= seq {
		return true
	}
	frame := c.log.format.Append(nil, NewEntry(Event{Type: TypeRoomGap, Room: c.room.name, Detail: &Gap{After: c.next - 1, Next: seq}}))
	if len(frame) > 0 && c.reader.Take(c, frame) == 0 {
		c.refused = true
		c.noteBehind()
		return false
	}
	c.next = seq
	return true
}

// pass takes a reader that fell out of memory to the oldest frame there.
func (c *Cursor) pass(spans []span, head int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && c.offer(spans) {
		c.skip(head + 1)
	}
}
