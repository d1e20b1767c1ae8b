package hub

import (
	"context"
	"slices"
)

// Application makes the consumer of a scope, or refuses the scope with an
// error. What the consumer has to say it says to out, from any goroutine, for
// as long as the scope lives. Routers and middleware are applications too.
//
// ctx is that of the opening only.
type Application func(ctx context.Context, s *Scope, out Sender) (Consumer, error)

// Consumer handles one scope: one instance per scope.
type Consumer interface {
	// Handle is handed the scope's events in order, never two at once. An
	// error is answered to the participant by whoever called (see [ErrorEvent])
	// and does not end the scope.
	Handle(ctx context.Context, e Event) error
	// Close is called exactly once, after the last Handle has returned. cause
	// is nil where the scope ended as it should.
	Close(ctx context.Context, cause error)
}

// ConsumerFunc is a consumer that has nothing to close: its Handle.
type ConsumerFunc func(ctx context.Context, e Event) error

// Handle implements [Consumer].
func (f ConsumerFunc) Handle(ctx context.Context, e Event) error { return f(ctx, e) }

// Close implements [Consumer].
func (ConsumerFunc) Close(context.Context, error) {}

// Sender is the way out of a scope. Send never waits for the peer: it fails,
// or ends the scope as slow, when too much is on its way already. It may be
// called from any goroutine, and after the scope has ended.
type Sender interface {
	Send(e Event) error
}

// RoomSender is a [Sender] that takes a room's frames as bytes, in an encoding
// of its own. A sender without that power is sent each event of the room.
type RoomSender interface {
	Sender
	// OpenReader returns the encoding and the reader of the frames that join,
	// a room.join event, asks for; or a room.follow, as [Hub.Follow] says.
	OpenReader(join *Event) (Format, Reader)
}

// Finisher is a power of senders, those of all adapters and of workers: it ends
// the scope from inside.
type Finisher interface {
	Sender
	// Finish ends the scope after what was sent before. The peer is told cause in
	// the words of its protocol, as [ProblemOf] tells it; nil is an end as it
	// should be. The consumer is handed no event that comes later, and is closed
	// with cause. Finish does not wait, may be called from any goroutine, also
	// during Handle, and does nothing in a scope that is ending already.
	Finish(cause error)
}

// Finish ends the scope that out is the way out of, and reports whether out has
// that power. Senders that wrap another pass it on by this.
func Finish(out Sender, cause error) bool {
	f, ok := out.(Finisher)
	if ok {
		f.Finish(cause)
	}
	return ok
}

// Middleware wraps an application.
type Middleware func(Application) Application

// Chain applies middleware to app; the first is the outermost.
func Chain(app Application, ms ...Middleware) Application {
	for _, m := range slices.Backward(ms) {
		app = m(app)
	}
	return app
}
