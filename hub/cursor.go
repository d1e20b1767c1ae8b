package hub

import (
	"cmp"
	"slices"
	"sync"
)

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

// Ender is a [Reader] that can be ended. One that cannot goes on from the log,
// however far behind it is.
type Ender interface {
	// EndSlow ends the reader's scope, with its subscriptions: it lags further
	// behind a room than [Options.Lag]. It never waits, and is called with a lock
	// that [Subscription.End] waits for.
	EndSlow()
}

// Cursor is a subscription's place in its room.
type Cursor struct {
	room   *room
	log    *frameLog
	reader Reader
	index  int // in log.cursors; owned by the flusher

	mu      sync.Mutex
	next    int64 // seq of the next frame to be taken
	mark    int64 // the log's total when the reader had all, and what it took since
	page    int   // events that it is read from the store at a time; 0 before the first
	refused bool  // the reader took less than it was offered, and has not asked for more
	away    bool  // a laggard: goes on from the store
	behind  bool  // its shard knows that it is
	closed  bool

	woken bool // in the shard's list; guarded by the shard's lock
	waits bool // in the list of its reader's Outbound; guarded by that one's lock
}

// maxRun is how many bytes of frames a reader is offered at a time, unless a
// single frame is larger.
const maxRun = 64 << 10

// Wake says that the reader can take frames again.
func (c *Cursor) Wake() { c.room.shard.wakeCursor(c) }

// Next returns the seq of the first event that the reader has not taken. It waits
// while frames are offered, so readers do not call it inside of Take.
func (c *Cursor) Next() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

// close ends delivery: when it returns, no Take is under way or will be.
func (c *Cursor) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.noteBehind()
}

// asked says that the reader has asked for more, and returns which seq is next.
func (c *Cursor) asked() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = false
	c.noteBehind()
	return c.next
}

// advance offers the reader what the spans hold from next to head. It reports
// false where the spans begin above next.
func (c *Cursor) advance(spans []span, head int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.next > head {
		return true
	}
	if c.away || c.refused {
		c.endIfSlow()
		return true
	}
	if len(spans) == 0 || c.next < spans[0].first {
		return false
	}
	if c.offer(spans) {
		c.mark = c.log.told
	}
	return true
}

// endIfSlow ends a reader that lags too far behind. What it had missed when it
// joined is not held against it: only that it loses ground.
func (c *Cursor) endIfSlow() {
	c.mark = min(c.mark, c.log.told)
	if c.log.told-c.mark <= int64(c.room.hub.opts.Lag) {
		return
	}
	if reader, ok := c.reader.(Ender); ok {
		c.closed = true
		reader.EndSlow()
	}
}

// leave makes the cursor a laggard, unless it is not one to be delivered to.
func (c *Cursor) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.away {
		return false
	}
	c.away = true
	c.noteBehind()
	return true
}

// offer hands over frames until the spans end or the reader has enough, and
// reports whether it took all. What lies between spans is gone, and it is told so.
func (c *Cursor) offer(spans []span) bool {
	i, _ := slices.BinarySearchFunc(spans, c.next, func(s span, seq int64) int { return cmp.Compare(s.next(), seq+1) })
	for ; i < len(spans); i++ {
		s := &spans[i]
		if !c.skip(s.first) {
			return false
		}
		for c.next < s.next() {
			if !c.offerRun(s) {
				c.refused = true
				c.noteBehind()
				return false
			}
		}
	}
	return true
}

// offerRun offers one run of a span that holds next, and reports whether the
// reader took all of it.
func (c *Cursor) offerRun(s *span) bool {
	at, start := int(c.next-s.first), 0
	if at > 0 {
		start = int(s.ends[at-1])
	}
	end := int(s.ends[len(s.ends)-1])
	if end-start > maxRun {
		last, exact := slices.BinarySearch(s.ends[at:], uint32(start+maxRun))
		if !exact && last > 0 {
			last-- // the last one that ends below
		}
		end = int(s.ends[at+last])
	}
	took := end - start
	if took > 0 { // else all the frames are empty: not for this format
		took = c.reader.Take(c, s.buf[start:end:end])
	}
	at, events := s.pass(at, start, start+took)
	c.log.count.add(events, took)
	c.next = s.first + int64(at)
	c.mark += int64(took)
	return start+took >= end
}

// say offers a frame that is not of the log. A reader that has enough on its
// way misses it.
func (c *Cursor) say(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && !c.away && !c.refused {
		c.log.count.add(1, c.reader.Take(c, frame))
	}
}
