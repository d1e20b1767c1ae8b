package hub

import (
	"slices"
	"sync"
)

// Format is an encoding of a room's events, made once for all readers that
// share it. It must be comparable: a pointer, or a struct of words.
type Format interface {
	// Append appends e's frame to dst, or nothing where e is not for the
	// readers of this format. It must not keep or change e.
	Append(dst []byte, e *Entry) []byte
}

// EpochFormat is a [Format] whose frames name the epoch of their room.
type EpochFormat interface {
	Format
	// InEpoch returns the format of a room's frames in that epoch. It is equal
	// for equal epochs.
	InEpoch(epoch string) Format
}

// Sizes of chunks: they double, so that a quiet room costs little and a busy
// one is written in long runs.
const (
	minChunk = 1 << 10 // bytes of frames
	maxChunk = 64 << 10
	perFrame = 64 // bytes of frames for which a chunk has one place
	flushes  = 4  // that a chunk is to suffice for, in a busy room
	shares   = 4  // chunks for which each log has place in the memory of all
)

// frameLog holds a room's newest frames in one format, for all its readers.
// It is guarded by the room's lock, but for what the flusher owns.
type frameLog struct {
	format Format
	budget *budget
	count  *deliveryCount
	chunks []*chunk
	users  int   // subscriptions
	total  int64 // bytes of all frames so far, also of those that are gone

	// The flusher's.
	cursors []*Cursor
	spans   []span // scratch
	flushed int64  // seq up to which all cursors were offered what there was
	told    int64  // total of what it looked at last
	most    int64  // bytes that it took at once lately
}

// frameLogs are those of a room, each in a format of its own. They are few, and
// looked at with every event.
type frameLogs []*frameLog

// of returns the log in the format, nil where there is none.
func (all frameLogs) of(f Format) *frameLog {
	for _, l := range all {
		if l.format == f {
			return l
		}
	}
	return nil
}

func (all *frameLogs) remove(l *frameLog) {
	*all = slices.DeleteFunc(*all, func(other *frameLog) bool { return other == l })
}

// span is a run of whole frames. Its bytes never change.
type span struct {
	first int64    // seq of the first frame
	buf   []byte   // the frames, one after the other
	ends  []uint32 // where each one ends in buf
}

// next returns the seq after the last frame.
func (s *span) next() int64 { return s.first + int64(len(s.ends)) }

// pass goes from the frame at, which starts there in buf, behind those that end by
// end. It returns where that is, and how many of them are not empty.
func (s *span) pass(at, start, end int) (after, filled int) {
	for at < len(s.ends) && int(s.ends[at]) <= end {
		if int(s.ends[at]) > start {
			filled++
		}
		start = int(s.ends[at])
		at++
	}
	return at, filled
}

// chunk is a span that grows at its end, in place, until its memory is full,
// and that the budget may take away at any time.
type chunk struct {
	mu     sync.Mutex
	span   span
	size   int  // bytes that it takes; 0 when it is gone
	newest bool // of its log
}

func newChunk(first int64, size int) *chunk {
	c := &chunk{newest: true, span: span{first: first, buf: make([]byte, 0, size), ends: make([]uint32, 0, size/perFrame)}}
	c.size = cap(c.span.buf) + 4*cap(c.span.ends)
	return c
}

// append makes e's frame the newest one.
func (l *frameLog) append(e *Entry) { l.total += int64(l.put(e)) }

// put returns the size of e's frame.
func (l *frameLog) put(e *Entry) int {
	size := minChunk
	var frame []byte
	var newest *chunk
	if n := len(l.chunks); n > 0 {
		newest = l.chunks[n-1]
		var ok bool
		if frame, ok = newest.append(l.format, e); ok {
			return len(frame)
		}
		size = max(min(2*newest.used(), l.enough(), l.budget.share(), maxChunk), minChunk)
	} else {
		frame = l.format.Append(nil, e)
	}
	c := newChunk(e.Event.Seq, max(size, len(frame)))
	c.span.buf = append(c.span.buf, frame...)
	c.span.ends = append(c.span.ends, uint32(len(frame)))
	l.trim()
	l.chunks = append(l.chunks, c)
	l.budget.add(c, newest)
	return len(frame)
}

// enough is the size of chunks of which a flush takes one in a few: larger ones
// would be memory that is not used for long.
func (l *frameLog) enough() int { return flushes * int(max(l.most, l.total-l.told)) }

// look notes what the flusher takes.
func (l *frameLog) look() {
	if n := l.total - l.told; n > 0 {
		l.most = max(n, l.most-l.most/8)
	}
	l.told = l.total
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

// forget drops the frames up to that of seq, and those that share its chunk:
// what they say was taken away. Readers that need them go on from the store.
func (l *frameLog) forget(seq int64) {
	i := 0
	for i < len(l.chunks) {
		if first, ok := l.chunks[i].first(); ok && first > seq {
			break
		}
		l.budget.remove(l.chunks[i])
		i++
	}
	if i > 0 {
		l.chunks = append(l.chunks[:0:0], l.chunks[i:]...)
	}
}

// snapshot returns what the log holds from the frame of seq on, or from the
// oldest that it has. It uses dst.
func (l *frameLog) snapshot(dst []span, seq int64) []span {
	from := len(l.chunks)
	for from > 0 {
		first, ok := l.chunks[from-1].first()
		if !ok {
			break
		}
		if from--; first <= seq {
			break
		}
	}
	dst = dst[:0]
	for _, c := range l.chunks[from:] {
		c.mu.Lock()
		if c.size > 0 {
			dst = append(dst, c.span)
		} else {
			dst = dst[:0] // taken meanwhile, and so is all that is older
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

// append encodes e where the chunk's frames end, and returns the frame and
// whether it is the chunk's next one and fitted.
func (c *chunk) append(f Format, e *Entry) (frame []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.span
	end := len(s.buf)
	frame = f.Append(s.buf[end:], e) // alone: one that does not fit grows without what is before it
	if c.size == 0 || e.Event.Seq != s.next() || end+len(frame) > cap(s.buf) || len(s.ends) == cap(s.ends) {
		return frame, false
	}
	s.buf, s.ends = s.buf[:end+len(frame)], append(s.ends, uint32(end+len(frame)))
	return frame, true
}

func (c *chunk) taken() bool {
	_, ok := c.first()
	return !ok
}

// first returns the seq of the first frame, and false when the chunk is gone.
func (c *chunk) first() (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.span.first, c.size > 0
}

// used is how many bytes of frames the chunk holds, which after a hole in an
// ephemeral room is less than it has place for.
func (c *chunk) used() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.span.buf)
}

// take frees the chunk's memory, as soon as no delivery uses it, and returns
// how much that is, and whether its log has no newest chunk any more.
func (c *chunk) take() (size int, newest bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size, newest = c.size, c.newest
	c.size, c.span, c.newest = 0, span{}, false
	return size, newest
}

// age says that its log has a newer one, and reports whether it was the newest and
// is there.
func (c *chunk) age() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.newest
	c.newest = false
	return was
}

// budget bounds the memory of all frame logs together: the oldest chunk goes,
// whichever room it is of.
type budget struct {
	mu     sync.Mutex
	limit  int
	used   int
	logs   int      // whose newest chunk is there
	chunks []*chunk // oldest first; may hold some that are gone
	gone   int      // how many
}

// share is the size of chunks of which all logs can have a few.
func (b *budget) share() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit / (shares * max(b.logs, 1))
}

// add counts c, which is in its log after the chunk before, where there is one.
func (b *budget) add(c, before *chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before == nil || !before.age() {
		b.logs++
	}
	b.used += c.size
	b.chunks = append(b.chunks, c)
	i := 0
	for ; b.used > b.limit && i < len(b.chunks)-1; i++ {
		if b.take(b.chunks[i]) == 0 {
			b.gone--
		}
		b.chunks[i] = nil
	}
	b.chunks = b.chunks[i:]
}

// take takes c's memory away, and returns how much that is. It is called with the
// lock.
func (b *budget) take(c *chunk) int {
	size, newest := c.take()
	b.used -= size
	if newest {
		b.logs--
	}
	return size
}

func (b *budget) inUse() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

func (b *budget) remove(c *chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.take(c) == 0 {
		return // the budget has taken it
	}
	if b.gone++; b.gone > 32 && b.gone > len(b.chunks)/2 {
		kept := make([]*chunk, 0, len(b.chunks)-b.gone)
		for _, c := range b.chunks {
			if !c.taken() {
				kept = append(kept, c)
			}
		}
		b.chunks, b.gone = kept, 0
	}
}
