package hub

import "sync"

// Format is an encoding of a room's events, made once for all readers that
// share it. It must be comparable: a pointer, or a struct without fields.
type Format interface {
	// Append appends e's frame to dst, or nothing where e is not for the
	// readers of this format. It must not keep or change e.
	Append(dst []byte, e *Entry) []byte
}

// Sizes of chunks: they double, so that a quiet room costs little and a busy
// one is written in long runs.
const (
	minChunk = 2 << 10
	maxChunk = 64 << 10
)

// frameLog holds a room's newest frames in one format, for all its readers.
// It is guarded by the room's lock, but for cursors, which the flusher owns.
type frameLog struct {
	format Format
	budget *budget
	chunks []*chunk
	buf    []byte // scratch for one frame
	users  int    // subscriptions

	cursors []*Cursor
	spans   []span // scratch of the flusher
}

// span is a run of whole frames. Its bytes never change.
type span struct {
	first int64    // seq of the first frame
	buf   []byte   // the frames, one after the other
	ends  []uint32 // where each one ends in buf
}

// chunk is a span that grows at its end, in place, until its memory is full,
// and that the budget may take away at any time.
type chunk struct {
	mu   sync.Mutex
	span span
	gone bool
}

func (l *frameLog) append(e *Entry) {
	l.buf = l.format.Append(l.buf[:0], e)
	if n := len(l.chunks); n > 0 && l.chunks[n-1].append(l.buf) {
		return
	}
	size := minChunk
	if n := len(l.chunks); n > 0 {
		size = min(2*cap(l.chunks[n-1].span.buf), maxChunk)
	}
	c := &chunk{span: span{first: e.Event.Seq, buf: make([]byte, 0, max(size, len(l.buf)))}}
	c.append(l.buf)
	l.trim()
	l.chunks = append(l.chunks, c)
	l.budget.add(c)
	if cap(l.buf) > maxChunk {
		l.buf = nil
	}
}

// trim forgets the chunks that the budget took.
func (l *frameLog) trim() {
	i := 0
	for i < len(l.chunks) && l.chunks[i].taken() {
		i++
	}
	if i > 0 {
		l.chunks = append(l.chunks[:0:0], l.chunks[i:]...)
	}
}

// snapshot appends what the log holds to dst.
func (l *frameLog) snapshot(dst []span) []span {
	for _, c := range l.chunks {
		c.mu.Lock()
		if !c.gone {
			dst = append(dst, c.span)
		}
		c.mu.Unlock()
	}
	return dst
}

// release gives all memory back.
func (l *frameLog) release() {
	for _, c := range l.chunks {
		l.budget.remove(c)
	}
	l.chunks = nil
}

// append reports whether the frame fitted. An empty frame always does, so that
// seqs stay without holes.
func (c *chunk) append(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone || len(c.span.buf)+len(frame) > cap(c.span.buf) {
		return false
	}
	c.span.buf = append(c.span.buf, frame...)
	c.span.ends = append(c.span.ends, uint32(len(c.span.buf)))
	return true
}

func (c *chunk) taken() bool {
	_, ok := c.first()
	return !ok
}

// first returns the seq of the first frame, and false when the chunk is gone.
func (c *chunk) first() (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.span.first, !c.gone
}

// take frees the chunk's memory, as soon as no delivery uses it, and returns
// how much that is.
func (c *chunk) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return 0
	}
	size := cap(c.span.buf)
	c.gone, c.span = true, span{}
	return size
}

// budget bounds the memory of all frame logs together: the oldest chunk goes,
// whichever room it is of.
type budget struct {
	mu     sync.Mutex
	limit  int
	used   int
	chunks []*chunk // oldest first; may hold some that are gone
}

func (b *budget) add(c *chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used += cap(c.span.buf)
	b.chunks = append(b.chunks, c)
	for b.used > b.limit && len(b.chunks) > 1 {
		b.used -= b.chunks[0].take()
		b.chunks = b.chunks[1:]
	}
}

func (b *budget) remove(c *chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= c.take()
	for len(b.chunks) > 0 && b.chunks[0].taken() {
		b.chunks = b.chunks[1:]
	}
}
