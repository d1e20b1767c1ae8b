package hub

import "sync"

// shard delivers the frames of some of the rooms: one goroutine, so that a
// connection in many rooms is written to once for all of them.
type shard struct {
	laggards   *laggards
	deliveries deliveries
	behind     behind

	mu     sync.Mutex
	rooms  []*room   // with something to deliver, each once
	woken  []*Cursor // readers that can take again, each once
	closed bool
	wake   chan struct{} // holds one token while there is work
}

func newShard(l *laggards) *shard {
	return &shard{laggards: l, wake: make(chan struct{}, 1)}
}

func (s *shard) wakeRoom(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.dirty {
		r.dirty = true
		s.rooms = append(s.rooms, r)
		s.signal()
	}
}

func (s *shard) wakeCursor(c *Cursor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.woken {
		c.woken = true
		s.woken = append(s.woken, c)
		s.signal()
	}
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.signal()
}

func (s *shard) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run delivers until the shard is closed.
func (s *shard) run() {
	var rooms []*room
	var woken []*Cursor
	for range s.wake {
		s.mu.Lock()
		rooms, s.rooms = s.rooms, rooms[:0]
		woken, s.woken = s.woken, woken[:0]
		for _, r := range rooms {
			r.dirty = false
		}
		for _, c := range woken {
			c.woken = false
		}
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return
		}
		for _, r := range rooms {
			s.flush(r)
		}
		for _, c := range woken {
			s.flushCursor(c)
		}
		clear(rooms)
		clear(woken)
	}
}

// flush brings every cursor of the room as far as its reader goes.
func (s *shard) flush(r *room) {
	w := r.takeWork()
	for _, ch := range w.changes {
		ch.apply()
	}
	for _, l := range w.logs {
		for _, c := range l.cursors {
			if !c.advance(l.spans, w.head) {
				s.flushCursor(c)
			}
		}
		l.flushed = w.head
		clear(l.spans)
		for _, e := range w.said {
			if frame := l.format.Append(nil, e); len(frame) > 0 {
				for _, c := range l.cursors {
					c.say(frame)
				}
			}
		}
	}
}

// flushCursor brings one cursor on from where it stands, which may be far
// behind the others, or out of memory.
func (s *shard) flushCursor(c *Cursor) {
	spans, head := c.room.spansFrom(c.log, c.asked())
	switch {
	case c.advance(spans, head):
	case c.room.policy.Ephemeral:
		c.pass(spans, head)
	case c.leave():
		s.laggards.add(c)
	}
}

// change is a cursor that comes or goes. The flusher owns the lists of
// cursors; so joining a large room does not copy or lock its list.
type change struct {
	cursor *Cursor
	leaves bool
}

func (ch change) apply() {
	c, l := ch.cursor, ch.cursor.log
	switch {
	case !ch.leaves:
		c.index = len(l.cursors)
		l.cursors = append(l.cursors, c)
	case c.index >= 0:
		end := len(l.cursors) - 1
		l.cursors[c.index] = l.cursors[end]
		l.cursors[c.index].index = c.index
		l.cursors[end] = nil
		l.cursors = l.cursors[:end]
		c.index = -1
	}
}
