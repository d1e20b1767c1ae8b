package bots

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hubbub/hub"
)

// running is one bot at work: a listener for each of its rooms, its conversations,
// and the ledger that commits what comes of them. Bots share nothing but the wheel,
// so that one that fails or is slow delays no other.
type running struct {
	bot    Bot
	hub    *hub.Hub
	scope  *hub.Scope // the bot's
	log    *slog.Logger
	talks  *conversations
	ledger *ledger
	rooms  []*listener

	stop, abort context.Context // no more events; no more waiting either
	end, giveUp context.CancelFunc
	listening   sync.WaitGroup
	committing  sync.WaitGroup
}

// begin has the bot join all its rooms, and only then listen. ctx is that of
// joining only.
func begin(ctx context.Context, h *hub.Hub, states hub.States, bot Bot, w *wheel, c *counts, log *slog.Logger) (*running, error) {
	if bot.Idle <= 0 {
		bot.Idle = DefaultIdle
	}
	bot.Rooms = slices.Compact(slices.Sorted(slices.Values(bot.Rooms)))
	r := &running{bot: bot, hub: h, scope: bot.scope(), log: log.With("bot", bot.ID)}
	r.stop, r.end = context.WithCancel(context.Background())
	r.abort, r.giveUp = context.WithCancel(context.Background())
	r.ledger = newLedger(h, states, r.scope, c, r.log)
	r.talks = newConversations(r.abort, &r.bot, r.ledger, w, c, r.log)
	for _, room := range bot.Rooms {
		l := &listener{
			bot: &r.bot, room: room, key: bookmarkKey(bot.ID, room), hub: h, states: states, scope: r.scope,
			talks: r.talks, ledger: r.ledger, log: r.log.With("room", room), in: newInbox(bot.HearBots),
		}
		if err := l.join(ctx); err != nil {
			for _, joined := range r.rooms {
				joined.sub.End()
			}
			r.end()
			r.giveUp()
			return nil, err
		}
		r.rooms = append(r.rooms, l)
	}
	h.Offer(r.scope, bot.Rooms, bot.Commands)
	return r, nil
}

// listen starts the bot's goroutines.
func (r *running) listen() {
	r.committing.Go(func() { r.ledger.run(r.abort) })
	for _, l := range r.rooms {
		r.listening.Go(func() { l.run(r.stop, r.abort) })
	}
}

// finish stops listening, and waits until the events being handled are handled
// and what came of them is committed, but not longer than drain. What becomes of
// the conversations then decides; what they say to that is committed too.
func (r *running) finish(drain time.Duration, then func(*conversations)) {
	deadline := time.Now().Add(drain)
	r.hub.Offer(r.scope, nil, nil)
	r.end()
	defer r.giveUp()
	if !within(drain, &r.listening) {
		r.giveUp()
		if !within(time.Second, &r.listening) {
			r.log.Error("a bot's consumer does not return; its event is handled again after the next start")
		}
	}
	then(r.talks)
	r.ledger.close()
	if !within(time.Until(deadline), &r.committing) {
		r.giveUp()
		r.committing.Wait()
	}
}

// within reports whether all of wg are done before d has passed.
func within(d time.Duration, wg *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
