package hub

import (
	"context"
	"maps"
	"sync"
)

// Following is a scope's listening to all rooms that it may read: those that there
// are, and those that come. It costs nothing for a room in which nothing happens: it
// has a cursor there from an event on until the room has been quiet for
// [Options.Idle]. Who follows is neither joined nor present.
type Following struct {
	hub    *Hub
	scope  *Scope
	tag    uint64
	out    Sender
	format Format
	number uint64 // followings are counted up

	mu    sync.Mutex
	rooms map[*room]*followed
	ended bool
}

// followed is a room, retained, in which something has happened lately.
type followed struct {
	reader Reader
	cursor *Cursor
	last   int64 // seq that was next when it was last looked at
}

// Closer is a [Reader] that is told when a following has let go of it: until the
// next event of the room, which gets another one.
type Closer interface {
	// Close is called with the room locked: it does not wait, and calls no hub.
	Close()
}

// Follow has scope s listen to all rooms that it may read, from now on. e is the
// room.follow that asks for it; what is delivered carries its Tag.
//
// A [RoomSender] is asked for the encoding once, with e, and for the reader of each
// room with a room.follow that names it and the [Follow.Next] of its first event,
// under the room's lock: it may return none, and calls no hub. The caller ends the
// following.
func (h *Hub) Follow(s *Scope, e *Event, out Sender) *Following {
	f := &Following{hub: h, scope: s, tag: e.Tag, out: out, format: jsonLines{}, rooms: make(map[*room]*followed)}
	if rs, ok := out.(RoomSender); ok {
		f.format, _ = rs.OpenReader(e)
	}
	h.follows.add(f)
	return f
}

// Open has the following go on in a room from the event next, instead of where it
// is there.
func (f *Following) Open(ctx context.Context, room string, next int64) error {
	r, err := f.hub.roomToStay(ctx, room)
	if err != nil {
		return err
	}
	defer r.release()
	for {
		f.leave(r)
		r.mu.Lock()
		opened := f.open(r, next)
		r.mu.Unlock()
		if opened {
			return nil
		} // else an event came in between, and opened it
	}
}

// End ends delivery: when it returns, none is under way. More calls do nothing.
func (f *Following) End() {
	f.hub.follows.remove(f)
	f.mu.Lock()
	rooms := f.rooms
	f.rooms, f.ended = nil, true
	f.mu.Unlock()
	for r, at := range rooms {
		r.unsubscribe(at.cursor)
		r.release()
	}
}

// open makes a cursor in the room, where the scope may read it and the sender wants
// it, and reports false where there is one. It is called with the room locked.
func (f *Following) open(r *room, next int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rooms[r] != nil {
		return false
	}
	if f.ended || mayRead(f.scope, r.name) != nil {
		return true
	}
	var reader Reader = eventReader{f.out, f.tag, f.hub.log}
	if rs, ok := f.out.(RoomSender); ok {
		_, reader = rs.OpenReader(&Event{Type: TypeRoomFollow, Room: r.name, Tag: f.tag, Detail: &Follow{Next: next}})
	}
	if reader == nil || !r.retain() { // what has left memory is opened by [Hub.catchMissed]
		return true
	}
	f.rooms[r] = &followed{reader: reader, cursor: r.newCursor(f.format, reader, next), last: next}
	return true
}

// leave ends delivery from a room.
func (f *Following) leave(r *room) {
	f.mu.Lock()
	at := f.rooms[r]
	delete(f.rooms, r)
	f.mu.Unlock()
	if at != nil {
		r.unsubscribe(at.cursor)
		r.release()
	}
}

// letGo leaves the rooms in which nothing has happened since it last looked.
func (f *Following) letGo() {
	f.mu.Lock()
	rooms := maps.Clone(f.rooms)
	f.mu.Unlock()
	for r, at := range rooms {
		if next, idle := at.cursor.closeIdle(at.last); idle {
			f.letGoOf(r, at, next)
		} else {
			at.last = next
		}
	}
}

// letGoOf leaves a room whose cursor, now closed, had all up to next. Where an event
// came meanwhile, it goes on there.
func (f *Following) letGoOf(r *room, at *followed, next int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rooms[r] != at {
		return // it was left otherwise
	}
	r.removeCursor(at.cursor)
	if r.head >= next {
		at.cursor, at.last = r.newCursor(f.format, at.reader, next), next
		return
	}
	delete(f.rooms, r)
	r.followed = 0
	r.release()
	if c, ok := at.reader.(Closer); ok {
		c.Close()
	}
}

// closeIdle closes a cursor that has all that the room has, and stands where it stood. It
// returns which seq is next, and whether it did.
func (c *Cursor) closeIdle(last int64) (next int64, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.away || c.refused || c.next != last {
		return c.next, false
	}
	c.closed = true
	return c.next, true
}
