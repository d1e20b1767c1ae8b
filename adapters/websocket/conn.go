package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// byeTime is how long a peer may take to close when it was told to.
const byeTime = 2 * time.Second

// conn is one connection. A goroutine of its own reads, while it is not at rest;
// everything that is written goes through out.
type conn struct {
	server   *Server
	id       string   // of the scope
	src      net.Conn // is read
	lib      *library // with this; nil at rest
	out      *hub.Outbound
	consumer hub.Consumer

	deflater *deflater // nil where the peer takes no compressed messages

	heard    atomic.Int64 // tick in which it began to wait for what it reads next
	nextPing int64        // tick; guarded by the server's lock

	// Of the goroutine that reads.
	parkable bool
	alarm    bool // a deadline is set
	busy     bool // a message came since it was
	roused   bool // and none came since it was at rest

	// Guarded by the parking's lock.
	fd     int32
	listed bool

	mu       sync.Mutex
	finished bool            // the consumer ended the scope
	cause    error           // with this
	ended    bool            // nobody would see what comes of an event any more
	ctx      context.Context // of what the consumer handles; ends then; nil at rest
	cancel   context.CancelFunc
}

var _ hub.Finisher = (*conn)(nil)

// open begins the scope. It is called by the goroutine of the request, whose stack
// has grown as far as this needs; what is said meanwhile goes out with the answer to
// the upgrade. Then the connection rests: most say nothing soon.
func (c *conn) open(scope *hub.Scope) {
	if err := c.begin(scope); err != nil {
		c.out.Finish(closeFrame(websocket.ClosePolicyViolation, hub.ProblemOf(err).Message))
		go func() {
			c.linger(nil)
			c.server.remove(c)
		}()
		return
	}
	c.out.Release()
	if _, ok := c.src.(*tls.Conn); ok { // which may have read more already
		c.glance()
	} else if c.rest() {
		return
	}
	go c.serve()
}

// begin has the application make the consumer. Whoever recovers from its panic, as
// HTTP servers do, finds nothing of the socket left; what the application has made by
// then is its own.
func (c *conn) begin(scope *hub.Scope) (err error) {
	panicked := true
	defer func() {
		if panicked {
			c.out.Close(nil)
			c.server.remove(c)
		}
	}()
	c.consumer, err = c.server.app(context.Background(), scope, c)
	panicked = false
	return err
}

// end is called once, when reading has ended: broken says why.
func (c *conn) end(broken error) {
	defer c.server.remove(c)
	defer c.giveUp()
	if websocket.IsCloseError(broken, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		broken = nil
	}
	cause := broken
	if ended := c.out.Err(); errors.Is(ended, hub.ErrSlow) || errors.Is(ended, errSilent) {
		cause = ended
	} else if finished, why := c.hasFinished(); finished {
		cause = why
	}
	c.consumer.Close(context.Background(), cause)
	c.linger(broken)
}

// context returns that of what the consumer handles.
func (c *conn) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		c.ctx, c.cancel = context.WithCancel(context.Background())
		if c.ended {
			c.cancel()
		}
	}
	return c.ctx
}

// giveUp ends what the consumer is busy with: nobody would see what comes of it.
func (c *conn) giveUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.cancel != nil {
		c.cancel()
	}
}

// failed ends the scope of a consumer that answered with an error, which at
// this level nobody can be told.
func (c *conn) failed(err error) {
	if finished, _ := c.hasFinished(); finished || c.context().Err() != nil {
		return
	}
	c.server.opts.Logger.Warn("a websocket consumer failed", "scope", c.id, "error", err)
	c.out.Finish(closeFrame(websocket.CloseInternalServerErr, "internal error"))
}

// Finish implements [hub.Finisher].
func (c *conn) Finish(cause error) {
	c.mu.Lock()
	first := !c.finished
	if first {
		c.finished, c.cause = true, cause
	}
	c.mu.Unlock()
	if first {
		c.out.Finish(endFrame(cause))
	}
}

func (c *conn) hasFinished() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.finished, c.cause
}

// linger closes the connection, after the peer has seen what is on its way to
// it: a close frame above all. A connection that broke has nothing to wait for.
func (c *conn) linger(cause error) {
	var broken net.Error
	if errors.As(cause, &broken) || websocket.IsCloseError(cause, websocket.CloseAbnormalClosure) {
		c.out.Close(cause)
		return
	}
	c.stopAlarm()
	c.out.Linger(nil)
}

// Send implements [hub.Sender] for the protocol's own events.
func (c *conn) Send(e hub.Event) error {
	switch d := e.Detail.(type) {
	case *Message:
		opcode := byte(opText)
		if d.Binary {
			opcode = opBinary
		}
		if c.deflater != nil {
			return c.out.Send(c.deflater.appendFrame(nil, opcode, d.Data))
		}
		return c.out.Send(appendFrame(nil, opcode, d.Data))
	case *Close:
		c.out.Finish(closeFrame(d.Code, d.Reason))
		return nil
	default:
		return hub.Errorf(hub.Invalid, "A websocket scope sends %s or %s, not %q.", TypeSend, TypeClose, e.Type)
	}
}

// answers holds memory for what is said, on its way to be copied or written: for
// short answers, and for room.joined, which says who is there and what was missed.
var (
	answers = sync.Pool{New: func() any { return new([512]byte) }}
	long    = sync.Pool{New: func() any { return new([32 << 10]byte) }}
)

// sendNow sends e at once.
func (c *conn) sendNow(e *hub.Event) error {
	mem := long.Get().(*[32 << 10]byte)
	defer long.Put(mem)
	b := hub.AppendJSON(mem[:maxHead], e)
	if c.deflater != nil {
		return c.out.Send(c.deflater.appendFrame(nil, opText, b[maxHead:]))
	}
	return c.out.SendNow(closeHead(b, opText))
}

// sendSoon sends e with the next frames of a room.
func (c *conn) sendSoon(e *hub.Event) error {
	mem := answers.Get().(*[512]byte)
	defer answers.Put(mem)
	b := hub.AppendJSON(mem[:maxHead], e)
	if c.deflater != nil && len(b) >= minDeflate {
		return c.out.Send(c.deflater.appendFrame(nil, opText, b[maxHead:]))
	}
	return c.out.SendSoon(closeHead(b, opText))
}

// reader returns the way for a room's frames.
func (c *conn) reader() (hub.Format, hub.Reader) {
	if c.deflater != nil {
		return deflatedFrames{c.deflater}, c.out
	}
	return textFrames{}, c.out
}
