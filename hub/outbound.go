package hub

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// Limits of what is on its way to one connection.
const (
	maxFrames  = 128 << 10 // bytes waiting beyond which no more frames are taken
	perPiece   = 64        // bytes that a piece is counted for beside its own
	maxAnswers = 256 << 10 // beyond which no more commands are read
	maxOwed    = 4 << 20   // bytes waiting beyond which the connection is slow
	stallTime  = 10 * time.Second
	stallLooks = 4 // times that it is looked whether the peer took something
	hangUpTime = 2 * time.Second
)

// ErrSlow ends a connection whose peer does not read.
var ErrSlow = &Error{Code: Slow, Message: "The connection did not keep up. Connect again and resume."}

// ErrEnded is what a connection that has ended answers.
var ErrEnded = errors.New("hub: the connection has ended")

// Outbound is the one way for bytes to a connection, so that nothing lands
// inside of what another began to write. It never makes its callers wait: they
// write as much as the connection takes at once, and a goroutine writes the
// rest, for as long as there is some.
//
// Answers ([Outbound.Send]) are owed and queue up to a limit; frames of rooms
// ([Outbound.Take]) are only taken while little is waiting, and wait in their
// room otherwise. Frames go out when the shard that delivers them has gone
// through all its rooms, in one write with all else that waits, such as
// acknowledgements ([Outbound.SendSoon]). All methods are safe for concurrent use.
//
// A peer ends as [ErrSlow] when it takes nothing for ten seconds: it is cut off
// then, since what it did not take is before all that could be said to it. When
// it owes too much, or lags too far behind a room ([Ender]), what is not on its
// way yet is dropped, and Slow goes out; if that does not leave within a few
// seconds, it is cut off too.
type Outbound struct {
	// Slow are the bytes that tell a peer that it is ended as slow. It is set
	// before the first use, and so is Stall: how long the peer may take nothing.
	// Default: 10 s.
	Slow  []byte
	Stall time.Duration
	// Ending, where it is set before the first use, is called when the connection
	// is about to end, and again when it has, by whoever ends it. It must not wait
	// or use the Outbound. It is for who does not read all the time.
	Ending func()

	conn net.Conn
	try  tryWriter  // nil where the connection cannot be tried
	file descriptor // try, where it has one

	mu      sync.Mutex
	queue   net.Buffers
	pieces  [2][]byte     // queue's memory, as long as it suffices
	size    int           // bytes in queue and under way
	home    *shard        // that delivered last
	due     *shard        // that is about to flush
	waiting *waiting      // nil before somebody has
	copies  *[copied]byte // memory of a piece in queue; goes back when that is written by a try
	err     error         // why it ended
	own     bool          // the queue's last piece is ours: answers are appended to it
	writing bool          // the goroutine runs: nobody else writes
	later   bool          // a goroutine is about to flush
	held    bool          // nothing is written before Release
	last    bool          // hang up when the queue is empty
	hungUp  bool          // the writing side is closed: all is out
	closed  bool          // the connection is
}

// NewOutbound returns the way to conn. Nobody else may write to conn or close it: where
// it has a file descriptor, that is written to until the Outbound has closed conn.
func NewOutbound(conn net.Conn) *Outbound {
	o := &Outbound{Stall: stallTime}
	o.try = o.file.of(conn)
	o.conn = outboundOf(conn, o)
	o.queue = o.pieces[:0]
	return o
}

// Await waits until little is on its way, or the connection has ended. Whoever
// reads a peer's commands calls it before the next one: so a peer that asks for
// more than it takes is not read, instead of being cut off as slow.
func (o *Outbound) Await() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.size > maxAnswers && o.err == nil {
		o.wait()
	}
}

// Send writes b, or queues it and keeps it. It fails when the connection has
// ended or, with [ErrSlow], ends by this.
func (o *Outbound) Send(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	o.push(b)
	o.drain()
	return nil
}

// Hold has what is sent wait, so that it goes out in one write, until Release or
// SendNow, or until the connection ends. It does not wait where much is sent.
func (o *Outbound) Hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = true
}

// Release writes what waits since [Outbound.Hold].
func (o *Outbound) Release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.letGo()
}

func (o *Outbound) letGo() {
	o.held = false
	o.drain()
}

// SendNow is [Outbound.Send] for bytes that are used again: it does not keep b, and
// copies no more of it than the connection does not take at once. It does not wait
// where others are held, but goes out with them.
func (o *Outbound) SendNow(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	o.held = false
	o.push(b)
	if err := o.attempt(); err != nil {
		return err
	}
	if n := len(o.queue); n > 0 { // what is left of b is at its end
		o.queue[n-1] = slices.Clone(o.queue[n-1])
		o.handOver()
	}
	return nil
}

// sendCopy is [Outbound.Send] for bytes that are used again and are not worth a write
// of their own where others are held.
func (o *Outbound) sendCopy(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	o.pushCopy(b)
	o.drain()
	return nil
}

// SendSoon is [Outbound.Send] for what may wait for the next frames of a room:
// where the connection reads one, b goes out with them, a gap ([Options.Gap])
// later at most. It does not keep b.
func (o *Outbound) SendSoon(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	o.pushCopy(b)
	if o.home == nil {
		o.drain()
	} else {
		o.flushBy(o.home, false)
	}
	return nil
}

// SendLater is [Outbound.Send] for what goes to many: a goroutine writes b, with all
// else that waits when it runs, so that who sends to the next one is not kept by a
// write for each.
func (o *Outbound) SendLater(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	if o.push(b); !o.later && !o.writing {
		o.later = true
		go func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.later = false
			if len(o.queue) > 0 { // else somebody else has written it
				o.drain()
			}
		}()
	}
	return nil
}

// owe reports why n more bytes cannot be owed.
func (o *Outbound) owe(n int) error {
	switch {
	case o.err != nil:
		return o.err
	case o.last:
		return ErrEnded
	case o.size+n > maxOwed && o.size > 0:
		o.endSlow()
		return ErrSlow
	}
	return nil
}

// EndSlow implements [Ender].
func (o *Outbound) EndSlow() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && !o.last {
		o.endSlow()
	}
}

// Take implements [Reader] for frames that are ready to be written.
func (o *Outbound) Take(c *Cursor, frames []byte) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.room(c) {
		return 0
	}
	o.push(frames)
	o.flushBy(c.room.shard, true)
	return len(frames)
}

// TakeCopy is Take for frames in another form, which were made for this reader where
// [Outbound.Room] was: they go out as Take's do, with all else of the turn. It does not
// keep b.
func (o *Outbound) TakeCopy(c *Cursor, b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.owe(len(b)); err != nil {
		return err
	}
	o.pushCopy(b)
	o.flushBy(c.room.shard, true)
	return nil
}

// Room reports whether Take would take frames now, for readers that write
// them in another form, with Send. Where it would not, c is woken when it
// would.
func (o *Outbound) Room(c *Cursor) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.room(c)
}

func (o *Outbound) room(c *Cursor) bool {
	if o.size > maxFrames {
		o.letGo() // much is taken in one turn of the shard
	}
	switch {
	case o.err != nil || o.last:
		return false // nobody wakes it: the subscription is about to end
	case o.size > maxFrames:
		if !c.waits { // it may be offered more before it is woken
			c.waits = true
			w := o.waits()
			w.cursors = append(w.cursors, c)
		}
		return false
	}
	return true
}

// Spare reports whether little is waiting, for those that send what is no room's
// frame and keep it themselves while much is. Where it is not, wake is called once
// when it is; it is not called where the connection ends before.
func (o *Outbound) Spare(wake func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size > maxFrames {
		o.letGo()
	}
	switch {
	case o.err != nil || o.last:
		return false
	case o.size > maxFrames:
		w := o.waits()
		w.spares = append(w.spares, wake)
		return false
	}
	return true
}

// Finish queues b as the last bytes. After them the writing side is closed, and
// the peer has two seconds to close the other; whoever reads the connection
// closes it then.
func (o *Outbound) Finish(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil || o.last {
		return
	}
	o.last = true
	o.tellEnding()
	o.push(b)
	o.letGo()
}

func (o *Outbound) tellEnding() {
	if o.Ending != nil {
		o.Ending()
	}
}

// Linger finishes with last, and closes when the peer has closed too or its two
// seconds are over. It waits for that, and reads the connection meanwhile: so
// whoever read it before calls it at the end.
func (o *Outbound) Linger(last []byte) {
	o.Finish(last)
	_, _ = io.Copy(io.Discard, o.conn)
	o.mu.Lock()
	for !o.hungUp && !o.closed { // the peer only reads any more
		o.wait()
	}
	o.mu.Unlock()
	o.Close(nil)
}

// Close closes the connection at once. cause is what [Outbound.Err] then says,
// unless it has ended before; nil is [ErrEnded].
func (o *Outbound) Close(cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if cause == nil {
		cause = ErrEnded
	}
	o.end(cause)
}

// Err returns why the connection ended, nil while it has not.
func (o *Outbound) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// endSlow says so instead of what is queued. What is under way goes first, so
// that nothing is cut in the middle.
func (o *Outbound) endSlow() {
	o.err, o.last = ErrSlow, true
	o.tellEnding()
	o.drop()
	if t, ok := o.conn.(*tlsConn); ok && o.writing {
		t.hurry()
	}
	o.push(o.Slow)
	o.letGo()
	o.broadcast()
}

func (o *Outbound) end(cause error) {
	if o.err == nil {
		o.err = cause
	}
	o.broadcast()
	if !o.closed {
		o.closed = true
		o.tellEnding() // before another connection has its descriptor
		o.try = nil
		o.drop()
		_ = o.conn.Close()
	}
}

// hangUp lets the peer read all before it sees the end: closing at once would
// throw away what is on its way if the peer has sent something meanwhile.
func (o *Outbound) hangUp() {
	half, ok := o.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || o.conn.SetReadDeadline(time.Now().Add(hangUpTime)) != nil {
		o.end(ErrEnded)
	}
	if o.err == nil {
		o.err = ErrEnded
	}
	o.hungUp = true
	o.tellEnding()
	o.broadcast()
}

// HungUp reports whether all that the peer was to be told is on its way, and the
// two seconds run in which it may close: until then its connection is read as ever.
func (o *Outbound) HungUp() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hungUp
}

// Conn returns the connection as one whose Write queues a copy of the bytes
// with [Outbound.Send] and whose deadlines are those of reading alone. It is
// for libraries that write by themselves.
func (o *Outbound) Conn() net.Conn { return outboundConn{o.conn, o} }

type outboundConn struct {
	net.Conn
	out *Outbound
}

func (c outboundConn) Write(b []byte) (int, error) {
	if err := c.out.sendCopy(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (c outboundConn) Close() error                     { c.out.Finish(nil); return nil }
func (c outboundConn) SetDeadline(t time.Time) error    { return c.Conn.SetReadDeadline(t) }
func (c outboundConn) SetWriteDeadline(time.Time) error { return nil }
