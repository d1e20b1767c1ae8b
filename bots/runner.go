package bots

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
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
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Drain == 0 {
		o.Drain = 5 * time.Second
	}
	return o
}

// Runner is bots at work.
type Runner struct {
	opts   Options
	hub    *hub.Hub
	bots   []*hub.Scope // of those that have started
	talks  []*conversations
	counts counts

	stop, abort context.Context // no more events; no more waiting either
	end, giveUp context.CancelFunc
	listening   sync.WaitGroup
	closing     sync.Once
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
	r := &Runner{opts: opts.withDefaults(), hub: h}
	r.stop, r.end = context.WithCancel(context.Background())
	r.abort, r.giveUp = context.WithCancel(context.Background())
	seen := map[string]bool{}
	for _, bot := range bots {
		err := bot.check()
		if err == nil && seen[bot.ID] {
			err = fmt.Errorf("bots: there are two of %s", bot.ID)
		}
		seen[bot.ID] = true
		if err == nil {
			err = r.start(ctx, h, states, bot)
		}
		if err != nil {
			r.Close()
			return nil, err
		}
	}
	return r, nil
}

// start has the bot join all its rooms, and only then listen.
func (r *Runner) start(ctx context.Context, h *hub.Hub, states hub.States, bot Bot) error {
	if bot.Idle <= 0 {
		bot.Idle = DefaultIdle
	}
	bot.Rooms = slices.Compact(slices.Sorted(slices.Values(bot.Rooms)))
	log := r.opts.Logger.With("bot", bot.ID)
	rooms := make(map[string]*listener, len(bot.Rooms))
	aside := func(e hub.Event) error {
		if e.Ref == "" {
			e.Ref = hub.NewID() // it may be tried again
		}
		return rooms[e.Room].out.addAside(e)
	}
	talks := newConversations(r.abort, &bot, aside, &r.counts, log)
	scope := bot.scope()
	for _, room := range bot.Rooms {
		log := log.With("room", room)
		l := &listener{
			room: room, key: bookmarkKey(bot.ID, room), hub: h, states: states, scope: scope, talks: talks, log: log,
			in: newInbox(), out: &outbox{log: log, counts: &r.counts, changed: make(chan struct{}, 1)},
		}
		if err := l.join(ctx); err != nil {
			for _, joined := range rooms {
				joined.sub.End()
			}
			return err
		}
		rooms[room] = l
	}
	r.talks, r.bots = append(r.talks, talks), append(r.bots, scope)
	h.Offer(scope, bot.Rooms, bot.Commands)
	for _, l := range rooms {
		r.listening.Go(func() { l.run(r.stop, r.abort) })
	}
	return nil
}

// Close stops listening, finishes the events being handled and the answers on
// their way, stores how far each bot has got, and ends all conversations. More
// calls wait for the first one.
func (r *Runner) Close() {
	r.closing.Do(func() {
		for _, scope := range r.bots {
			r.hub.Offer(scope, nil, nil)
		}
		r.end()
		defer r.giveUp()
		done := make(chan struct{})
		go func() {
			r.listening.Wait()
			close(done)
		}()
		if !within(r.opts.Drain, done) {
			r.giveUp()
			if !within(time.Second, done) {
				r.opts.Logger.Error("a bot's consumer does not return; its event is handled again after the next start")
			}
		}
		for _, talks := range r.talks {
			talks.close()
		}
	})
}

// within reports whether done is closed before d has passed.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
