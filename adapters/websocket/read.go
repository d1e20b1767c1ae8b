package websocket

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

const (
	readBuffer = 1 << 10 // bytes; frames that fit are read without the library
	maskBit    = 0x80
	maskSize   = 4
	longLength = 126 // of a frame: two more bytes say it; 127: eight
)

// errQuiet says that nothing came for a while.
var errQuiet = errors.New("websocket: nothing came")

// serve hands messages to the consumer until the connection is at rest or has
// ended. One goroutine at a time does so.
func (c *conn) serve() {
	c.roused = true
	for {
		if c.lib == nil {
			c.wakeUp()
		}
		c.out.Await()
		switch err := c.step(); {
		case err == nil:
		case !errors.Is(err, errQuiet):
			c.layDown()
			c.end(err)
			return
		case c.rest():
			return
		}
	}
}

// step handles what comes next. Its error is why reading ends, or errQuiet.
func (c *conn) step() error {
	c.heard.Store(c.server.clock.Load())
	head, err := c.peek(2)
	if err != nil {
		return err
	}
	opcode, size := head[0]&0xF, int(head[1]&^maskBit)
	switch {
	case head[1]&maskBit == 0: // the library knows what is wrong
	case size < longLength && (head[0] == final|opPing || head[0] == final|opPong):
		return c.control(opcode, size)
	case size < longLength && (head[0] == final|opText || head[0] == final|opBinary):
		return c.short(opcode, 2, size)
	case size == longLength && (head[0] == final|opText || head[0] == final|opBinary):
		if head, err = c.peek(4); err != nil {
			return err
		}
		if n := int(binary.BigEndian.Uint16(head[2:])); 4+maskSize+n <= readBuffer {
			return c.short(opcode, 4, n)
		}
	}
	return c.long()
}

// peek returns the next n bytes, at most as many as the buffer has place for. It
// fails with errQuiet where none of them came.
func (c *conn) peek(n int) ([]byte, error) {
	for {
		if c.lib.br.Buffered() < n {
			c.setAlarm()
		}
		b, err := c.lib.br.Peek(n)
		switch {
		case err == nil:
			return b, nil
		case errors.Is(err, io.EOF):
			return nil, &websocket.CloseError{Code: websocket.CloseAbnormalClosure, Text: io.ErrUnexpectedEOF.Error()}
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case c.out.HungUp(): // it has had its two seconds
			return nil, err
		}
		quiet := !c.busy && len(b) == 0 && c.out.Err() == nil
		if c.busy = false; quiet {
			return nil, errQuiet // with the alarm, which has gone off and still is to be stopped
		}
		c.alarm = false
	}
}

// setAlarm has reading end after a while, unless it will anyway or is for good.
// Messages do not put it off, which would cost each of them: when it goes off, it
// is seen whether some came.
func (c *conn) setAlarm() {
	if c.alarm || c.server.parking == nil || !c.parkable {
		return
	}
	c.alarm = true
	c.readUntil(time.Now().Add(c.server.opts.Rest))
}

// longAgo is when reading ends that is not to wait.
var longAgo = time.Unix(1, 0)

// glance has reading end unless what comes next is here already. When it has ended,
// TLS keeps nothing either: what it lacks for more is still to come from the network.
func (c *conn) glance() {
	if c.server.parking != nil && c.parkable {
		c.alarm = true
		c.readUntil(longAgo)
	}
}

// stopAlarm is for reads that may take longer.
func (c *conn) stopAlarm() {
	if c.alarm {
		c.alarm = false
		c.readUntil(time.Time{})
	}
}

// readUntil sets when reading ends, unless the peer has been hung up on: then it
// has its two seconds. While it is still told why it is ended, it is read on: whoever
// stopped reading would close on what is on its way.
func (c *conn) readUntil(t time.Time) {
	if c.out.HungUp() {
		return
	}
	_ = c.src.SetReadDeadline(t)
	if c.out.HungUp() { // meanwhile
		_ = c.src.SetReadDeadline(time.Now().Add(byeTime))
	}
}

// control handles a ping or a pong.
func (c *conn) control(opcode byte, size int) error {
	frame, err := c.peek(2 + maskSize + size)
	if err != nil {
		return err
	}
	if opcode == opPing {
		err = c.out.Send(appendFrame(nil, opPong, unmask(frame[2:])))
	}
	_, _ = c.lib.br.Discard(len(frame)) // they are there
	switch {
	case c.out.HungUp(): // and the peer talks on
		return hub.ErrEnded
	case err == nil && c.out.Err() == nil && c.roused: // nothing else woke it
		c.glance()
	}
	return nil
}

// short hands over a message that fits the buffer, in one frame.
func (c *conn) short(opcode byte, head, size int) error {
	if int64(size) > c.server.opts.ReadLimit {
		return c.long()
	}
	frame, err := c.peek(head + maskSize + size)
	if err != nil {
		return err
	}
	data := unmask(frame[head:])
	if _, ok := c.consumer.(*codec); !ok {
		data = slices.Clone(data) // the consumer's own
	}
	_, _ = c.lib.br.Discard(len(frame)) // they are there, as long as nothing is read
	return c.handle(opcode == opBinary, data)
}

// unmask returns the payload that follows a mask, which it takes off in place (RFC
// 6455, section 5.3).
func unmask(b []byte) []byte {
	mask, data := [maskSize]byte(b), b[maskSize:]
	key := uint64(binary.LittleEndian.Uint32(mask[:]))
	key |= key << 32
	rest := data
	for ; len(rest) >= 8; rest = rest[8:] {
		binary.LittleEndian.PutUint64(rest, binary.LittleEndian.Uint64(rest)^key)
	}
	for i := range rest {
		rest[i] ^= mask[i%maskSize]
	}
	return data
}

// long has the library read a message: one that is long, in parts or compressed,
// or wrong. What it says in its frames' headers, the library checks against the
// limit before it reads on; what a compressed one grows to is only seen here.
func (c *conn) long() error {
	c.stopAlarm()
	head, err := c.peek(1)
	if err != nil {
		return err
	}
	compressed := head[0]&deflated != 0
	c.lib.spent = true
	kind, r, err := c.lib.ws.NextReader()
	if err != nil {
		return err
	}
	limit := c.server.opts.ReadLimit
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return err
	}
	if int64(len(data)) > limit {
		c.out.Finish(closeFrame(websocket.CloseMessageTooBig, ""))
		return websocket.ErrReadLimit
	}
	// It is between two messages again. Of a compressed one that is not certain: it is
	// read to where its data says it ends, which may be before its last frame.
	c.lib.spent = compressed
	return c.handle(kind == websocket.BinaryMessage, data)
}

// handle hands a message to the consumer. Its error is that the peer was hung up on
// and talks on.
func (c *conn) handle(binary bool, data []byte) error {
	c.roused, c.busy = false, true
	if err := c.out.Err(); err != nil {
		if c.out.HungUp() {
			return err
		}
		return nil // until it has been told
	}
	if finished, _ := c.hasFinished(); finished {
		return nil // until it has read that too
	}
	c.heard.Store(handling)
	var err error
	if codec, ok := c.consumer.(*codec); ok {
		err = codec.handle(c.context(), binary, data)
	} else {
		err = c.consumer.Handle(c.context(), hub.Event{Type: TypeReceive, Detail: &Message{Binary: binary, Data: data}})
	}
	if err != nil {
		c.failed(err)
	}
	return nil
}
