package hub

import "sync"

// Reader is the far end of a subscription: a connection that takes a room's
// frames.
type Reader interface {
	// Take is offered a run of whole frames and returns how many bytes of it,
	// again of whole frames, it takes. It may keep the bytes but must not
	// change them: they are shared. It never waits. A reader that takes less
	// than it is offered calls c.Wake, from another goroutine or later, when
	// it can take more. Take is not called twice at once for one cursor.
	Take(c *Cursor, frames []byte) int
}

// Cursor is a subscription's place in its room.
type Cursor struct {
	room   *room
	log    *frameLog
	reader Reader
	index  int // in log.cursors; owned by the flusher

	mu     sync.Mutex
	next   int64 // seq of the next frame to be taken
	away   bool  // a laggard: goes on from the store
	page   int   // how many events it is likely to take from there at once
	closed bool

	woken bool // in the shard's list; guarded by the shard's lock
}

// Wake says that the reader can take frames again.
func (c *Cursor) Wake() { c.room.shard.wakeCursor(c) }

// close ends delivery: when it returns, no Take is under way or will be.
func (c *Cursor) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// advance offers the reader what the spans hold from next to head. It reports
// whether the cursor is behind all of them, and so has to go on from the store.
func (c *Cursor) advance(spans []span, head int64) (behind bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.away || c.next > head {
		return false
	}
	if len(spans) == 0 || c.next < spans[0].first {
		c.away = true
		return true
	}
	c.offer(spans)
	return false
}

// offer hands over frames until the spans end or the reader has enough, and
// reports whether it took all.
func (c *Cursor) offer(spans []span) bool {
	for i := range spans {
		s := &spans[i]
		at := int(c.next - s.first)
		if at >= len(s.ends) {
			continue
		}
		start := 0
		if at > 0 {
			start = int(s.ends[at-1])
		}
		end := len(s.buf)
		took := end - start
		if took > 0 { // else all the frames are empty: not for this format
			took = c.reader.Take(c, s.buf[start:end:end])
		}
		for at < len(s.ends) && int(s.ends[at]) <= start+took {
			at++
		}
		c.next = s.first + int64(at)
		if start+took < end {
			return false
		}
	}
	return true
}

// say offers a frame that is not of the log. A reader that has enough on its
// way misses it.
func (c *Cursor) say(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && !c.away {
		c.reader.Take(c, frame)
	}
}
