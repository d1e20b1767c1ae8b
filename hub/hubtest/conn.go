package hubtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hubbub/hub"
)

// Conn is a scope without a network: it does to an application what an adapter
// does, and is the peer at the other end. A goroutine of its own hands over the
// events that the test sends, in order, never two at once, and closes the consumer
// exactly once, at the latest when the test ends. The context of the opening ends
// with the opening, that of handling with [Conn.Close].
//
// What does not happen in time fails the test, which is told what was awaited and
// what was said until then. So does a consumer that sends what its scope's adapter
// does not take, and a scope that somebody changed. What a consumer sends after the
// end gets [hub.ErrEnded], as from an adapter.
//
// Methods that say nothing else may be called from any goroutine where failing
// the test may: that is the test's own.
type Conn struct {
	// Patience is how long a method waits for what must happen, 10 s from the
	// opening on. In a synctest bubble it passes at once.
	Patience time.Duration

	t      TB
	kind   kind
	scope  *hub.Scope
	before *hub.Scope // a copy from before the opening
	ctx    context.Context
	cancel context.CancelFunc
	tasks  chan task
	over   chan struct{} // the scope is
	done   chan struct{} // and the consumer is closed

	mu      sync.Mutex
	queue   []hub.Event   // sent by the consumer and not received yet
	changed chan struct{} // closed and replaced when queue grows
	cause   error         // why it ended, for the consumer
	ended   bool
	transcript
}

// kind is what scopes of one type have of their own.
type kind struct {
	takes func(*hub.Event) error // an error is what the adapter answers; nil takes all
	ends  func(*hub.Event) bool  // the event is the scope's last; nil never ends

	// finishes returns what a peer is sent when the consumer finishes; nil is nothing.
	finishes func(cause error) *hub.Event
}

// task is an event that the consumer is to handle.
type task struct {
	event  hub.Event
	result chan error
}

// Open opens a scope of app, which must not refuse it. The scope takes whatever
// is sent: so applications of chat events are tested, and others. For those of a
// protocol's own events there are [OpenWebSocket], [OpenHTTP], [OpenMQTT] and
// [OpenChat].
func Open(t TB, app hub.Application, s *hub.Scope) *Conn {
	t.Helper()
	return open(t, app, s, kind{})
}

// Refused opens a scope that app must refuse, and returns why it did.
func Refused(t TB, app hub.Application, s *hub.Scope) error {
	t.Helper()
	c := newConn(t, s, kind{})
	err := c.open(app)
	if err == nil {
		t.Fatalf("hubtest: %s was to be refused, and is open", c)
	}
	return err
}

func open(t TB, app hub.Application, s *hub.Scope, k kind) *Conn {
	t.Helper()
	c := newConn(t, s, k)
	if err := c.open(app); err != nil {
		t.Fatalf("hubtest: %s was refused: %v", c, err)
	}
	return c
}

func newConn(t TB, s *hub.Scope, k kind) *Conn {
	c := &Conn{
		Patience: 10 * time.Second, t: t, kind: k, scope: s, before: copyOf(s),
		tasks: make(chan task), over: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	t.Cleanup(c.Close)
	return c
}

// open returns app's refusal.
func (c *Conn) open(app hub.Application) error {
	c.t.Helper()
	opened := make(chan error, 1)
	go c.run(app, opened)
	timer := time.NewTimer(c.Patience)
	defer timer.Stop()
	select {
	case err := <-opened:
		return err
	case <-timer.C:
		c.t.Fatalf("hubtest: %s is not open after %v: the application has not returned", c, c.Patience)
		return hub.ErrEnded
	}
}

func (c *Conn) run(app hub.Application, opened chan<- error) {
	defer close(c.done)
	defer c.cancel()
	consumer, err := c.make(app)
	opened <- err
	if err != nil {
		c.end(err)
		return
	}
	for c.next(consumer) {
	}
	consumer.Close(context.WithoutCancel(c.ctx), c.cause)
}

func (c *Conn) make(app hub.Application) (hub.Consumer, error) {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel() // who keeps it for later finds it ended
	consumer, err := app(ctx, c.scope, (*sender)(c))
	if err == nil && consumer == nil {
		return nil, hub.Errorf(hub.Internal, "The application made no consumer, and gave no reason.")
	}
	return consumer, err
}

// next has the consumer handle one event, or reports that it is to be closed.
func (c *Conn) next(consumer hub.Consumer) bool {
	if isClosed(c.over) {
		return false
	}
	select {
	case todo := <-c.tasks:
		todo.result <- consumer.Handle(c.ctx, todo.event)
		return true
	case <-c.over:
		return false
	}
}

func (c *Conn) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked(cause)
}

func (c *Conn) endLocked(cause error) {
	if c.ended {
		return
	}
	c.ended, c.cause = true, cause
	close(c.over)
	c.wakeLocked()
}

func (c *Conn) wakeLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// sender is a Conn as its consumer sees it.
type sender Conn

var _ hub.Finisher = (*sender)(nil)

// Finish implements [hub.Finisher].
func (s *sender) Finish(cause error) {
	c := (*Conn)(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.line(fmt.Sprintf("← finished with %v", cause))
	if c.kind.finishes != nil {
		if e := c.kind.finishes(cause); e != nil {
			c.queue = append(c.queue, *e)
		}
	}
	c.endLocked(cause)
}

// Send implements [hub.Sender].
func (s *sender) Send(e hub.Event) error {
	c := (*Conn)(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return hub.ErrEnded
	}
	c.note("←", &e)
	if c.kind.takes != nil {
		if err := c.kind.takes(&e); err != nil {
			c.t.Errorf("hubtest: %s: the consumer sent %s: %v", c, describe(&e), err)
			return err
		}
	}
	c.queue = append(c.queue, e)
	c.wakeLocked()
	if c.kind.ends != nil && c.kind.ends(&e) {
		c.endLocked(nil)
	}
	return nil
}
