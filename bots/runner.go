package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hubbub/hub"
)

// Options of a runner. The zero value works.
type Options struct {
	// Logger is told of what nobody in a room can be told. Default: slog.Default().
	Logger *slog.Logger
	// Drain bounds how long stopping waits for events being handled and for
	// answers on their way. Default: 5 s.
	Drain time.Duration
	// Look is how often [Runner.Follow] looks at its folder; what changes is taken
	// over with the second look that finds it the same. Default: 500 ms.
	Look time.Duration
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Drain == 0 {
		o.Drain = 5 * time.Second
	}
	if o.Look == 0 {
		o.Look = 500 * time.Millisecond
	}
	return o
}

// Runner is bots at work. Its methods are safe for concurrent use.
type Runner struct {
	opts   Options
	hub    *hub.Hub
	states hub.States
	wheel  *wheel
	counts counts

	ctx    context.Context // ends with the runner
	cancel context.CancelFunc
	helper sync.WaitGroup // the wheel, and who follows a folder

	changing sync.Mutex // held while bots start and stop
	closed   bool       // guarded by changing

	mu   sync.Mutex
	bots map[string]*running
}

// Start runs the bots of defs; see [StartBots].
func Start(ctx context.Context, h *hub.Hub, states hub.States, defs []*Definition, opts Options) (*Runner, error) {
	bots := make([]Bot, len(defs))
	for i, d := range defs {
		bots[i] = d.Bot()
	}
	return StartBots(ctx, h, states, bots, opts)
}

// StartBots has bots join their rooms on h and answer there, until
// [Runner.Close], which must come before the hub's. states keeps how far each
// has got, and is the store of h. It fails when one bot cannot join. ctx is
// that of starting only.
func StartBots(ctx context.Context, h *hub.Hub, states hub.States, bots []Bot, opts Options) (*Runner, error) {
	r := &Runner{opts: opts.withDefaults(), hub: h, states: states, wheel: newWheel(), bots: make(map[string]*running)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.helper.Go(func() { r.wheel.run(r.ctx) })
	for _, bot := range bots {
		if err := r.add(ctx, bot); err != nil {
			r.Close()
			return nil, err
		}
	}
	return r, nil
}

func (r *Runner) add(ctx context.Context, bot Bot) error {
	if err := bot.check(); err != nil {
		return err
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	switch {
	case r.closed:
		return errors.New("bots: the runner is closed")
	case r.find(bot.ID) != nil:
		return fmt.Errorf("bots: there are two of %s", bot.ID)
	}
	b, err := begin(ctx, r.hub, r.states, bot, r.wheel, &r.counts, r.opts.Logger)
	if err != nil {
		return err
	}
	r.set(bot.ID, b)
	b.listen()
	return nil
}

// replace has a bot go on as it is defined anew. Where it cannot join its rooms it
// has stopped, and the error says why.
func (r *Runner) replace(ctx context.Context, bot Bot) error {
	if err := bot.check(); err != nil {
		return err
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	old := r.find(bot.ID)
	if r.closed || old == nil {
		return fmt.Errorf("bots: %s does not run", bot.ID)
	}
	r.set(bot.ID, nil)
	var left *conversations
	old.finish(r.opts.Drain, func(talks *conversations) {
		if left = talks; talks.bot.Conversation != bot.Conversation {
			talks.close(hub.ClosedRestart)
		}
	})
	b, err := begin(ctx, r.hub, r.states, bot, r.wheel, &r.counts, r.opts.Logger)
	if err != nil {
		left.close(hub.ClosedRestart)
		return err
	}
	left.hand(b.talks)
	r.set(bot.ID, b)
	b.listen()
	return nil
}

// remove ends a bot, if it runs.
func (r *Runner) remove(id string) {
	r.changing.Lock()
	defer r.changing.Unlock()
	if b := r.find(id); b != nil {
		r.set(id, nil)
		b.finish(r.opts.Drain, func(talks *conversations) { talks.close(hub.ClosedRemoved) })
	}
}

// Close stops listening, finishes the events being handled, ends all
// conversations and commits what came of all that, with how far each bot has got.
// More calls wait for the first one.
func (r *Runner) Close() {
	r.cancel()
	r.helper.Wait()
	r.changing.Lock()
	defer r.changing.Unlock()
	r.closed = true
	r.mu.Lock()
	bots := r.bots
	r.bots = make(map[string]*running)
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, b := range bots {
		all.Go(func() {
			b.finish(r.opts.Drain, func(talks *conversations) { talks.close(hub.ClosedRestart) })
		})
	}
	all.Wait()
}

func (r *Runner) find(id string) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bots[id]
}

// set has b be the bot that runs under id; nil: none does.
func (r *Runner) set(id string, b *running) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b == nil {
		delete(r.bots, id)
		return
	}
	r.bots[id] = b
}
