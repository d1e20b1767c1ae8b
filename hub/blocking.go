package hub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	loopQueue = 16              // events of a websocket that wait for its loop
	loopGrace = 2 * time.Second // for a loop to end, where nothing else says how long
)

// Conn is a scope as a loop sees it: see [Blocking]. Its methods may be called
// from any goroutine.
type Conn interface {
	// Scope returns what is known of the connection.
	Scope() *Scope
	// Receive takes the scope's next event, and waits for one until ctx ends.
	// Once the scope has ended and all that came before was received, it answers
	// [ErrEnded], with the cause in the chain where there is one.
	Receive(ctx context.Context) (Event, error)
	// Send sends to the peer, and never waits for it: see [Sender].
	Sender
}

// Blocking makes an application of a function that handles a scope in a loop,
// with Receive. It costs a goroutine a scope, which a [Consumer] does not.
//
// The scope ends when run returns, as by [Finish]: the peer is told its error.
// The other way round, when the scope ends Receive answers [ErrEnded], and ctx
// ends soon after: run has until then to finish what it received, two seconds or
// what the closing adapter gives. Close waits for run to return. A panic of run
// ends the scope and is raised once more where the adapter calls the consumer
// next, so that middleware that recovers panics sees it.
//
// Events are not received ahead: Handle returns when run asks for the next one,
// or has returned. So an event that must be answered while it is handled, such as
// an MQTT subscription, can be; and a worker leaves to others what it does not
// work on. A websocket has 16 events received ahead, so that its pings are
// answered while run is busy; beyond that it is not read. What a run that returns
// has not received is dropped, as all that comes after the end of a scope; a
// worker's next consumer is handed it.
func Blocking(run func(ctx context.Context, c Conn) error) Application {
	return func(ctx context.Context, s *Scope, out Sender) (Consumer, error) {
		l := &loop{scope: s, out: out, closing: make(chan struct{}), done: make(chan struct{})}
		if l.ahead = s.Type == ScopeWebSocket; l.ahead {
			l.queue = make(chan handed, loopQueue)
		} else {
			l.queue = make(chan handed)
		}
		ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
		go l.run(ctx, run)
		return l, nil
	}
}

// errNotTaken is what a loop that has returned answers. Nobody has received the
// event.
var errNotTaken = &Error{Code: Unavailable, Message: "The conversation has ended. Connect again for another."}

// loop is the consumer of a scope that is handled in a loop, and its [Conn].
type loop struct {
	scope  *Scope
	out    Sender
	cancel context.CancelFunc // of run's context
	ahead  bool               // Handle does not wait for run to handle
	queue  chan handed

	closing chan struct{} // closed by Close
	cause   error         // of that
	done    chan struct{} // closed when run has returned
	err     error         // what it returned
	raise   sync.Once     // its panic

	mu   sync.Mutex
	last chan struct{} // that of the event received last
}

// handed is an event on its way to a loop. handled is closed when the loop asks
// for the next one.
type handed struct {
	event   Event
	handled chan struct{}
}

func (l *loop) run(ctx context.Context, run func(context.Context, Conn) error) {
	defer l.finish() // also where run ends its goroutine
	l.err = guard(func() error { return run(ctx, l) })
}

// finish ends the scope, and lets go who waits for the loop.
func (l *loop) finish() {
	defer close(l.done)
	l.cancel()
	cause := l.err
	switch {
	case isPanic(cause):
		cause = errors.New("hub: a loop panicked") // with what, is said where it is raised
	case cause != nil && CodeOf(cause) == Internal && !errors.Is(cause, ErrEnded):
		cause = &Error{Code: Internal, Message: ProblemOf(cause).Message, Err: cause} // so that a defect is told from a broken connection
	}
	select {
	case <-l.closing: // it has ended
	default:
		Finish(l.out, cause)
	}
}

// Handle implements [Consumer].
func (l *loop) Handle(ctx context.Context, e Event) error {
	h := handed{e, make(chan struct{})}
	select {
	case <-l.done:
		return l.over(errNotTaken)
	default:
	}
	select {
	case l.queue <- h:
	case <-l.done:
		return l.over(errNotTaken)
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.ahead {
		return nil
	}
	select {
	case <-h.handled:
		return nil
	case <-l.done:
		return l.over(l.err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// over raises the panic that ended the loop, if one did and it was not raised
// yet; else it returns err.
func (l *loop) over(err error) error {
	if isPanic(l.err) {
		l.raise.Do(func() { panic(l.err) })
	}
	return err
}

// Close implements [Consumer].
func (l *loop) Close(ctx context.Context, cause error) {
	l.cause = cause
	close(l.closing)
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, loopGrace)
		defer cancel()
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		l.cancel()
		select {
		case <-l.done:
		case <-time.After(loopGrace): // it does not look at its context: no adapter waits for it forever
			return
		}
	}
	_ = l.over(nil)
}

// Scope implements [Conn].
func (l *loop) Scope() *Scope { return l.scope }

// Send implements [Conn].
func (l *loop) Send(e Event) error { return l.out.Send(e) }

// Receive implements [Conn].
func (l *loop) Receive(ctx context.Context) (Event, error) {
	l.handled(nil)
	if err := ctx.Err(); err != nil {
		return Event{}, err
	}
	var h handed
	select {
	case h = <-l.queue:
	case <-ctx.Done():
		return Event{}, ctx.Err()
	case <-l.closing:
		select {
		case h = <-l.queue: // it came before
		default:
			l.cancel()
			return Event{}, l.ended()
		}
	}
	l.handled(h.handled)
	return h.event, nil
}

// handled lets Handle return with the event received last, and has next be the last.
func (l *loop) handled(next chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil {
		close(l.last)
	}
	l.last = next
}

func (l *loop) ended() error {
	if l.cause == nil || errors.Is(l.cause, ErrEnded) {
		return ErrEnded
	}
	return fmt.Errorf("%w: %w", ErrEnded, l.cause)
}
