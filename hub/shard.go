package hub

import (
	"runtime"
	"sync"
	"time"
)

// What a room has for its readers ends the gap after a flush.
const (
	fullEvents = 16
	fullBytes  = 64 << 10
)

// shard delivers the frames of some of the rooms: one goroutine, so that a
// connection in many rooms is written to once for all of them.
//
// What comes after a pause goes out at once. Then comes a flush after the gap,
// or when a room has enough for one: what a write costs beside its bytes, many
// events share.
//
// Locks are taken in this order: room, or cursor; then Outbound; then shard.
type shard struct {
	laggards   *laggards
	deliveries deliveries
	behind     behind

	gap   time.Duration
	timer *time.Timer   // ends the gap
	wake  chan struct{} // holds one token while there is something to do at once

	mu      sync.Mutex
	rooms   []*room     // with something to deliver, each once
	woken   []*Cursor   // readers that can take again, each once
	owing   []*Outbound // with something to write
	flushed time.Time   // when the last turn began
	phase   phase
	hurry   bool // the next turn does not wait for the gap
	armed   bool // the timer is
	closed  bool

	work work // scratch of flush
}

// phase is what the flusher is doing. What comes while it is not resting is seen
// to when the turn ends.
type phase int

const (
	resting  phase = iota
	offering       // frames to readers
	writing        // what readers have left with their connections
)

func newShard(l *laggards, gap time.Duration) *shard {
	s := &shard{laggards: l, gap: gap, timer: time.NewTimer(time.Hour), wake: make(chan struct{}, 1)}
	s.timer.Stop()
	return s
}

// wakeRoom has the room flushed, which has an event of so many bytes more, or 0
// where there is something else to do.
func (s *shard) wakeRoom(r *room, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.pending += bytes
	if bytes > 0 {
		r.pending += fullBytes / fullEvents
	}
	if !r.dirty {
		r.dirty = true
		s.rooms = append(s.rooms, r)
	}
	s.schedule(r.pending >= fullBytes)
}

func (s *shard) wakeCursor(c *Cursor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.woken {
		c.woken = true
		s.woken = append(s.woken, c)
	}
	s.schedule(true)
}

// owe has o flushed at the end of the next turn, or of that which is under way. It
// reports false when there will be none.
func (s *shard) owe(o *Outbound, atOnce bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.owing = append(s.owing, o)
	if s.phase != offering {
		s.schedule(atOnce)
	}
	return true
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.signal()
}

// schedule sees to the next turn. It is called with the lock.
func (s *shard) schedule(atOnce bool) {
	s.hurry = s.hurry || atOnce
	switch {
	case s.phase != resting:
	case s.hurry:
		s.signal()
	case s.armed:
	default:
		if wait := s.gap - time.Since(s.flushed); s.gap > 0 && wait > 0 {
			s.armed = true
			s.timer.Reset(wait)
			return
		}
		s.hurry = true
		s.signal()
	}
}

func (s *shard) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run delivers until the shard is closed.
func (s *shard) run() {
	var t round
	for {
		select {
		case <-s.wake:
		case <-s.timer.C:
		}
		// Those who are about to publish do so first: then there is one flush for
		// all of them.
		runtime.Gosched()
		open := s.begin(&t)
		if open {
			for _, r := range t.rooms {
				s.flush(r)
			}
			for _, c := range t.woken {
				s.flushCursor(c)
			}
		}
		s.write(&t)
		if !open {
			return
		}
		s.end(&t)
	}
}

// round is what a shard does in a turn. Its memory is used again.
type round struct {
	rooms []*room
	woken []*Cursor
	owing []*Outbound
}

// begin takes what is to be delivered, and reports false when the shard is closed.
func (s *shard) begin(t *round) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.rooms, s.rooms = s.rooms, t.rooms[:0]
	t.woken, s.woken = s.woken, t.woken[:0]
	for _, r := range t.rooms {
		r.dirty, r.pending = false, 0
	}
	for _, c := range t.woken {
		c.woken = false
	}
	s.timer.Stop()
	s.armed, s.hurry, s.phase = false, false, offering
	s.flushed = time.Now()
	return !s.closed
}

// write flushes the connections that readers have left frames with.
func (s *shard) write(t *round) {
	s.mu.Lock()
	t.owing, s.owing = s.owing, t.owing[:0]
	s.phase = writing
	s.mu.Unlock()
	for _, o := range t.owing {
		o.flush(s)
	}
}

// end rests, unless something has come meanwhile.
func (s *shard) end(t *round) {
	clear(t.rooms)
	clear(t.woken)
	clear(t.owing)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = resting
	if s.hurry || len(s.rooms)+len(s.owing) > 0 {
		s.schedule(s.hurry)
	}
}

// flush brings every cursor of the room as far as its reader goes.
func (s *shard) flush(r *room) {
	w := &s.work
	r.takeWork(w)
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
	clear(w.logs)
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
