package hub

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// tryWriter is a connection that takes what it takes at once.
type tryWriter interface {
	// tryWrite writes as much of b as the connection takes without waiting, and
	// returns how much that is.
	tryWrite(b []byte) (int, error)
}

const (
	gathered = 32 << 10 // bytes of small pieces that are written at once
	copied   = 1 << 10  // bytes of copies that wait together
)

// gathering holds memory in which pieces become one, copying such for copies until
// they are written.
var (
	gathering = sync.Pool{New: func() any { return new([gathered]byte) }}
	copying   = sync.Pool{New: func() any { return new([copied]byte) }}
)

// push queues b, which is kept.
func (o *Outbound) push(b []byte) {
	if len(b) > 0 {
		o.queue = append(o.queue, b)
		o.size += len(b) + perPiece
		o.own = false
	}
}

// pushCopy queues a copy of b, with other such copies where they are the last.
func (o *Outbound) pushCopy(b []byte) {
	if n := len(o.queue); o.own && n > 0 && cap(o.queue[n-1])-len(o.queue[n-1]) >= len(b) {
		o.queue[n-1] = append(o.queue[n-1], b...)
		o.size += len(b)
		return
	}
	var piece []byte
	switch {
	case o.copies == nil && len(b) <= copied && o.try != nil:
		o.copies = copying.Get().(*[copied]byte)
		piece = o.copies[:0]
	case o.own && len(o.queue) > 0: // where there is a second there are more
		piece = make([]byte, 0, max(len(b), min(8*cap(o.queue[len(o.queue)-1]), 4<<10)))
	default:
		piece = make([]byte, 0, len(b))
	}
	o.push(append(piece, b...))
	o.own = true
}

// giveBack lets others use the memory of copies, all of which are written.
func (o *Outbound) giveBack() {
	if o.copies != nil {
		copying.Put(o.copies)
		o.copies = nil
	}
}

// drop forgets what is queued.
func (o *Outbound) drop() {
	o.size -= sizeOf(o.queue)
	clear(o.queue)
	o.queue, o.copies, o.own = nil, nil, false
	_, _ = o.takeWaiting() // who waits is about to end too
}

// flushBy has s flush soon, or at once.
func (o *Outbound) flushBy(s *shard, atOnce bool) {
	o.home = s
	if o.due == s || o.writing || o.held {
		return
	}
	if o.due = s; !s.owe(o, atOnce) { // the hub is closing
		o.due = nil
		o.drain()
	}
}

// flush writes what waits. s is the shard whose turn it is.
func (o *Outbound) flush(s *shard) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.due == s {
		o.due = nil
	}
	o.drain()
}

// drain writes what the peer takes at once. The rest is the goroutine's, and
// then nobody else writes until it has ended.
func (o *Outbound) drain() {
	if o.attempt() == nil {
		o.handOver()
	}
}

// handOver has the goroutine write what the peer has not taken, and hangs up where
// nothing is left and nothing will come.
func (o *Outbound) handOver() {
	switch {
	case o.writing || o.held:
	case len(o.queue) > 0 && !o.closed:
		// What was cut is under way: whatever is dropped, it goes first.
		batch := o.queue
		o.queue, o.copies, o.own, o.writing = nil, nil, false, true
		go o.write(batch)
	case o.last && !o.closed:
		o.hangUp()
	}
}

// attempt writes what the peer takes at once, and ends a connection that is broken.
func (o *Outbound) attempt() error {
	if o.try == nil || o.writing || o.held || len(o.queue) == 0 {
		return nil
	}
	if err := o.tryAll(); err != nil {
		o.end(err)
		return err
	}
	o.broadcast()
	return nil
}

// tryAll writes until nothing is left or the peer takes no more at once.
func (o *Outbound) tryAll() error {
	for len(o.queue) > 0 {
		b := o.queue[0]
		var whole *[gathered]byte
		if len(o.queue) > 1 && len(b)+len(o.queue[1]) <= gathered {
			whole = gathering.Get().(*[gathered]byte)
			b = gather(whole[:0], o.queue)
		}
		n, err := o.try.tryWrite(b)
		if whole != nil {
			gathering.Put(whole)
		}
		o.consume(n)
		if err != nil {
			return err
		}
		if n < len(b) {
			return nil
		}
	}
	o.queue = o.pieces[:0]
	o.giveBack()
	return nil
}

// gather appends to dst the first pieces that it has place for.
func gather(dst []byte, queue net.Buffers) []byte {
	for _, b := range queue {
		if len(dst)+len(b) > cap(dst) {
			break
		}
		dst = append(dst, b...)
	}
	return dst
}

// consume takes n bytes off the queue.
func (o *Outbound) consume(n int) {
	for n > 0 {
		b := o.queue[0]
		if n < len(b) {
			o.queue[0] = b[n:]
			o.size -= n
			return
		}
		n -= len(b)
		o.size -= len(b) + perPiece
		o.queue[0] = nil
		o.queue = o.queue[1:]
	}
}

// write is the goroutine that writes what the peer did not take at once.
func (o *Outbound) write(batch net.Buffers) {
	for batch != nil {
		size := sizeOf(batch)
		err := o.writeAll(batch)
		o.mu.Lock()
		o.size -= size
		o.broadcast()
		if err != nil {
			o.end(err)
		}
		o.mu.Unlock()
		var wake []*Cursor
		var spares []func()
		batch, wake, spares = o.next()
		for _, c := range wake {
			c.Wake()
		}
		for _, wake := range spares {
			wake()
		}
	}
}

// next returns what is to be written, nil when the goroutine is to end, and
// the cursors and others for which there is room again.
func (o *Outbound) next() (batch net.Buffers, wake []*Cursor, spares []func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size <= maxFrames/2 {
		wake, spares = o.takeWaiting()
		for _, c := range wake {
			c.waits = false
		}
	}
	if len(o.queue) > 0 {
		batch, o.queue, o.copies, o.own = o.queue, nil, nil, false
		return batch, wake, spares
	}
	o.writing = false
	o.queue, o.pieces = o.pieces[:0], [2][]byte{}
	if o.last && !o.closed {
		o.hangUp()
	}
	return nil, wake, spares
}

func sizeOf(batch net.Buffers) int {
	size := 0
	for _, b := range batch {
		size += len(b) + perPiece
	}
	return size
}

// writeAll writes the batch for as long as the peer takes some of it.
func (o *Outbound) writeAll(batch net.Buffers) error {
	for idle := 0; idle < stallLooks; {
		if err := o.conn.SetWriteDeadline(time.Now().Add(o.Stall / stallLooks)); err != nil {
			return err
		}
		n, err := batch.WriteTo(o.conn)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case errors.Is(o.Err(), ErrSlow): // it had its chance
			return ErrSlow
		case n > 0:
			idle = 0
		default:
			idle++
		}
	}
	return ErrSlow
}
