package websocket

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// conn is one connection. Its own goroutine reads; everything that is written
// goes through out.
type conn struct {
	server *Server
	ws     *websocket.Conn
	out    *hub.Outbound
	scope  *hub.Scope

	deflater *deflater // nil where the peer takes no compressed messages

	ctx    context.Context // of what the consumer handles; ends when nobody would see what comes of it
	cancel context.CancelFunc

	mu       sync.Mutex
	ping     *time.Timer
	ended    bool  // no more pings
	finished bool  // the consumer ended the scope
	cause    error // with this
}

var _ hub.Finisher = (*conn)(nil)

func newConn(s *Server, ws *websocket.Conn, out *hub.Outbound, scope *hub.Scope) *conn {
	c := &conn{server: s, ws: ws, out: out, scope: scope}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

func (c *conn) run() {
	defer c.server.remove(c)
	defer c.cancel()
	ctx := context.WithoutCancel(c.ctx) // of the beginning and the end
	consumer, err := c.server.app(ctx, c.scope, c)
	if err != nil {
		c.out.Finish(closeFrame(websocket.ClosePolicyViolation, hub.ProblemOf(err).Message))
		c.linger(nil)
		return
	}
	c.prepare()
	c.pingLater(c.server.opts.Ping / 2)
	broken := c.read(consumer)
	c.stopPing()
	cause := broken
	if slow := c.out.Err(); errors.Is(slow, hub.ErrSlow) {
		cause = slow
	} else if finished, why := c.hasFinished(); finished {
		cause = why
	}
	consumer.Close(ctx, cause)
	c.linger(broken)
}

// prepare sets what bounds and answers the peer. The library's own handlers
// for pings and closes would write beside out.
func (c *conn) prepare() {
	c.ws.SetReadLimit(c.server.opts.ReadLimit)
	c.ws.SetPingHandler(func(data string) error {
		c.alive()
		return c.out.Send(appendFrame(nil, opPong, []byte(data)))
	})
	c.ws.SetPongHandler(func(string) error {
		c.alive()
		return nil
	})
	c.ws.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = websocket.CloseNormalClosure
		}
		c.out.Finish(closeFrame(code, ""))
		return nil
	})
	c.alive()
}

// pingLater pings about once in every, with jitter, so that the pings of
// thousands who came together spread.
func (c *conn) pingLater(every time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ping = time.AfterFunc(every-every/8+rand.N(every/8), func() {
		switch {
		case c.out.Send(appendFrame(nil, opPing, nil)) == nil:
			c.pingLater(c.server.opts.Ping)
		case c.out.Err() != nil: // which reading notices only between two events
			c.cancel()
		}
	})
}

func (c *conn) stopPing() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.ping.Stop()
}

func (c *conn) alive() {
	if c.out.Err() != nil {
		return // it has its two seconds
	}
	_ = c.ws.SetReadDeadline(time.Now().Add(c.server.silence()))
}

// read hands messages to the consumer until the connection ends. It returns
// why, nil where the peer closed as it should.
func (c *conn) read(consumer hub.Consumer) error {
	for {
		c.out.Await()
		kind, data, err := c.message()
		switch {
		case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived):
			return nil
		case err != nil:
			return err
		case c.out.Err() != nil: // it was told to go, and talks on
			return c.out.Err()
		}
		if finished, _ := c.hasFinished(); finished {
			continue // until it has read that too
		}
		c.alive()
		e := hub.Event{Type: TypeReceive, Detail: &Message{Binary: kind == websocket.BinaryMessage, Data: data}}
		if err := consumer.Handle(c.ctx, e); err != nil {
			c.failed(err)
		}
	}
}

// message reads one. What it says in its frames' headers, the library checks
// against the limit before it reads on; what a compressed one grows to is only
// seen here.
func (c *conn) message() (kind int, data []byte, err error) {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return 0, nil, err
	}
	limit := c.server.opts.ReadLimit
	data, err = io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		c.out.Finish(closeFrame(websocket.CloseMessageTooBig, ""))
		err = websocket.ErrReadLimit
	}
	return kind, data, err
}

// failed ends the scope of a consumer that answered with an error, which at
// this level nobody can be told.
func (c *conn) failed(err error) {
	if finished, _ := c.hasFinished(); finished || c.ctx.Err() != nil {
		return
	}
	c.server.opts.Logger.Warn("a websocket consumer failed", "scope", c.scope.ID, "error", err)
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

// answers holds memory for answers on their way to be copied.
var answers = sync.Pool{New: func() any { return new([512]byte) }}

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
