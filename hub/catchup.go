package hub

import (
	"cmp"
	"context"
	"sync"
	"time"
)

const (
	maxCatchingUp = 4  // laggards that read the store at the same time
	firstPage     = 16 // events read at a time, at first; then as many as are taken
	catchUpPage   = 200
	catchUpBytes  = 256 << 10 // of which a page has about as many, at most: a reader that stops keeps it
	catchUpRetry  = time.Second
)

// laggards are the cursors that fell behind the frames in memory. They go on
// from the store, a few at a time, in turn.
type laggards struct {
	ctx   context.Context
	store Log
	fail  func(room string, err error)

	mu      sync.Mutex
	queue   []*Cursor
	workers int
	idle    sync.WaitGroup
}

func (l *laggards) add(c *Cursor) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, c)
	if l.workers < maxCatchingUp && l.ctx.Err() == nil {
		l.workers++
		l.idle.Go(l.work)
	}
}

func (l *laggards) work() {
	for {
		l.mu.Lock()
		if len(l.queue) == 0 || l.ctx.Err() != nil {
			l.workers--
			l.mu.Unlock()
			return
		}
		c := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		l.page(c)
	}
}

// page takes c one page on and puts it where it belongs then: back among the
// laggards, among the readers of frames, or with those that wait to be woken.
func (l *laggards) page(c *Cursor) {
	c.mu.Lock()
	next, limit, closed := c.next, cmp.Or(c.page, firstPage), c.closed
	c.mu.Unlock()
	if closed {
		return
	}
	page, _, err := l.store.ReadAfter(l.ctx, c.room.name, next-1, limit)
	if err != nil {
		if l.ctx.Err() == nil {
			if CodeOf(err) != NotFound { // a room that was removed, whose readers are about to leave
				l.fail(c.room.name, err)
			}
			time.AfterFunc(catchUpRetry, func() { l.add(c) })
		}
		return
	}
	told, ok := c.room.told(page)
	if !ok {
		c.mu.Lock()
		c.away = false
		c.noteBehind()
		c.mu.Unlock()
		c.Wake() // the room may have been told meanwhile
		return
	}
	if l.deliver(c, told) {
		l.add(c)
	}
}

// told returns what the room has been told of a page of the log: the store may
// be ahead, and a reader that is ahead of the room could not resume. It reports
// false where that is nothing of something.
func (r *room) told(page []*Entry) ([]*Entry, bool) {
	head, _, _ := r.where()
	n := len(page)
	for n > 0 && page[n-1].Event.Seq > head {
		n--
	}
	return page[:n], n > 0 || len(page) == 0
}

// deliver offers the page and reports whether c is still a laggard that would
// take more.
func (l *laggards) deliver(c *Cursor, page []*Entry) bool {
	inMemory := c.room.firstInMemory(c.log)
	s := span{first: inMemory}
	if len(page) > 0 {
		s.first = page[0].Event.Seq
	}
	for _, e := range page {
		s.buf = c.log.format.Append(s.buf, e)
		s.ends = append(s.ends, uint32(len(s.buf)))
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	before := c.next
	tookAll := c.offer([]span{s})
	// A reader that takes a few at a time is not read many for again.
	c.page = min(2*int(c.next-before), catchUpPage)
	if len(page) > 0 {
		c.page = min(c.page, catchUpBytes*len(page)/max(len(s.buf), 1))
	}
	c.page = max(c.page, 1)
	again := tookAll && c.next < inMemory
	c.away = again
	c.noteBehind()
	c.mu.Unlock()
	if tookAll && !again {
		c.Wake() // events may have come meanwhile
	}
	return again
}
