package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// A worker that fails tries again after a pause, which doubles each time.
const (
	minPause = 100 * time.Millisecond
	maxPause = 10 * time.Second
)

// Work has app's consumers do the work that is sent to the named channels. For
// each name it opens a scope of type [ScopeChannel], whose Path is the name, and
// hands its consumer what the channel receives, as channel.message events with a
// *[ChannelMessage], in order and one at a time. Each message goes to one worker
// of all hubs that work on the channel; a name that is given twice has two.
//
// Nobody is there to be answered: what a consumer fails to handle is logged, and
// it goes on with the next message. One that panics is closed, and a fresh one is
// opened in its place, as often as it takes. Delivery is at most once: the
// message that it was handed is not handed over again. One that ends its scope
// ([Finisher], [Blocking]) has a fresh one opened for the next message.
//
// Work returns nil when ctx has ended: after the messages under way, and with all
// consumers closed. What was not taken stays in the channel for other workers. It
// fails at once where a name is none, or app refuses a scope at the start; and
// with [ErrLayerClosed].
func Work(ctx context.Context, channels Channels, app Application, opts WorkOptions, names ...string) error {
	if len(names) == 0 {
		return Errorf(Invalid, "Name the channels to work on.")
	}
	opts = opts.withDefaults()
	work, cancel := outlive(ctx, opts.Drain)
	defer cancel()
	workers := make([]*worker, 0, len(names))
	for _, name := range names {
		w := &worker{channels: channels, app: app, opts: opts, name: name, log: opts.Logger.With("channel", name)}
		err := CheckChannelName(name)
		if err == nil {
			err = w.open(work)
		}
		if err != nil {
			for _, opened := range workers {
				opened.close(work, nil)
			}
			return fmt.Errorf("work on channel %.120s: %w", name, err)
		}
		workers = append(workers, w)
	}
	errs := make([]error, len(workers))
	var running sync.WaitGroup
	for i, w := range workers {
		running.Go(func() { errs[i] = w.run(ctx, work) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// outlive returns a context that ends a while after ctx does, or by cancel.
func outlive(ctx context.Context, while time.Duration) (longer context.Context, cancel func()) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(while):
			end()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); end() }
}

// worker receives from one channel.
type worker struct {
	channels Channels
	app      Application
	opts     WorkOptions
	name     string
	log      *slog.Logger

	scope    *Scope
	out      *noPeer
	consumer Consumer // nil while there is none
	used     bool     // the consumer has handled a message
	message  []byte   // that was received and no consumer has taken yet
}

// run works until ctx ends. What is under way then goes on in work.
func (w *worker) run(ctx, work context.Context) error {
	pause := minPause
	for ctx.Err() == nil {
		err := w.next(ctx, work)
		switch {
		case err == nil:
			pause = minPause
			continue
		case ctx.Err() != nil:
		case errors.Is(err, ErrLayerClosed):
			w.close(work, err)
			return err
		default:
			w.log.Warn("a worker failed, and tries again", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, maxPause)
		}
	}
	w.close(work, nil)
	if w.message != nil {
		w.log.Error("a message in a channel was lost: the worker ended before a consumer took it")
	}
	return nil
}

// next has the consumer handle the next message, which is received only when
// there is a consumer for it. An error is to be followed by a pause.
func (w *worker) next(ctx, work context.Context) error {
	if w.consumer == nil {
		if err := w.open(work); err != nil {
			return err
		}
	}
	if w.message == nil {
		if err := w.receive(ctx); w.out.ended() {
			return w.renew(work)
		} else if err != nil {
			return err
		}
	}
	err := guard(func() error {
		return w.consumer.Handle(work, Event{Type: TypeChannelMessage, Detail: &ChannelMessage{Body: w.message}})
	})
	if errors.Is(err, errNotTaken) {
		return w.renew(work)
	}
	w.message, w.used = nil, true
	if err != nil {
		w.log.Warn("a message in a channel was not handled", "scope", w.scope.ID, "error", err)
	}
	if isPanic(err) { // nobody knows what state it is in
		w.close(work, err)
	}
	return nil
}

// receive waits for a message for as long as the consumer has not ended its scope.
func (w *worker) receive(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.out.open, cancel)()
	w.message, err = w.channels.Receive(ctx, w.name)
	if err == nil && w.message == nil {
		w.message = []byte{} // an empty one is one
	}
	return err
}

// renew closes a consumer that has ended its scope. It fails where the consumer
// did, or has done nothing.
func (w *worker) renew(ctx context.Context) error {
	cause := w.out.cause()
	w.close(ctx, cause)
	switch {
	case cause != nil:
		return fmt.Errorf("its consumer ended: %w", cause)
	case !w.used:
		return errors.New("its consumer ended before it had handled anything")
	}
	return nil
}

// open makes a scope and its consumer.
func (w *worker) open(ctx context.Context) error {
	w.scope = &Scope{ID: NewID(), Type: ScopeChannel, Path: w.name, User: w.opts.User, Opened: time.Now()}
	w.out, w.used = newNoPeer(), false
	return guard(func() error {
		consumer, err := w.app(ctx, w.scope, w.out)
		if err != nil {
			return err
		}
		if w.consumer = consumer; consumer == nil {
			return errors.New("hub: the application made no consumer")
		}
		return nil
	})
}

// close closes the consumer, once.
func (w *worker) close(ctx context.Context, cause error) {
	c := w.consumer
	if c == nil {
		return
	}
	w.consumer = nil
	ctx, cancel := context.WithTimeout(ctx, w.opts.Drain)
	defer cancel()
	if err := guard(func() error { c.Close(ctx, cause); return nil }); err != nil {
		w.log.Error("a worker's consumer was not closed as it should", "scope", w.scope.ID, "error", err)
	}
}

// noPeer is the sender of a worker's scope, at whose other end is nobody.
type noPeer struct {
	open  context.Context // until the consumer ends it
	close context.CancelCauseFunc
}

var _ Finisher = (*noPeer)(nil)

// errNoCause stands for the cause of an end as it should be.
var errNoCause = errors.New("hub: finished")

func newNoPeer() *noPeer {
	p := &noPeer{}
	p.open, p.close = context.WithCancelCause(context.Background())
	return p
}

// Send implements [Sender].
func (*noPeer) Send(e Event) error {
	return Errorf(Invalid, "A worker has nobody to send %.64q to. Send to a channel, or publish in a room.", e.Type)
}

// Finish implements [Finisher].
func (p *noPeer) Finish(cause error) {
	if cause == nil {
		cause = errNoCause
	}
	p.close(cause)
}

func (p *noPeer) ended() bool { return p.open.Err() != nil }

func (p *noPeer) cause() error {
	if cause := context.Cause(p.open); !errors.Is(cause, errNoCause) {
		return cause
	}
	return nil
}
