package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
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
// message that it was handed is not handed over again.
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
	consumer Consumer // nil while none could be opened
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
	return nil
}

// next has the consumer handle the next message, which it takes only when there
// is a consumer for it. It fails where there is none, or no message.
func (w *worker) next(ctx, work context.Context) error {
	if w.consumer == nil {
		if err := w.open(work); err != nil {
			return err
		}
	}
	body, err := w.channels.Receive(ctx, w.name)
	if err != nil {
		return err
	}
	err = guard(func() error {
		return w.consumer.Handle(work, Event{Type: TypeChannelMessage, Detail: &ChannelMessage{Body: body}})
	})
	if err != nil {
		w.log.Warn("a message in a channel was not handled", "scope", w.scope.ID, "error", err)
	}
	if errors.As(err, new(*panicked)) { // nobody knows what state it is in
		w.close(work, err)
	}
	return nil
}

// open makes a scope and its consumer.
func (w *worker) open(ctx context.Context) error {
	w.scope = &Scope{ID: NewID(), Type: ScopeChannel, Path: w.name, User: w.opts.User, Opened: time.Now()}
	return guard(func() error {
		consumer, err := w.app(ctx, w.scope, nobody{})
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

// nobody is at the other end of a worker's scope.
type nobody struct{}

// Send implements [Sender].
func (nobody) Send(e Event) error {
	return Errorf(Invalid, "A worker has nobody to send %.64q to. Send to a channel, or publish in a room.", e.Type)
}

// panicked is a panic that became an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("hub: panic: %v\n%s", p.value, p.stack) }

// guard calls f and makes an error of its panic.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p, debug.Stack()}
		}
	}()
	return f()
}
