package bots

import (
	"container/list"
	"context"
	"log/slog"
	"sync"
	"time"

	"hubbub/hub"
)

// conversations are those of one bot, by user. A quiet one costs no goroutine
// and no timer: the bot has one timer, for the one that has been idle longest.
type conversations struct {
	bot    *Bot
	params map[string]string     // of every scope
	aside  func(hub.Event) error // publishes what answers no event
	ctx    context.Context       // of closing consumers
	counts *counts
	log    *slog.Logger

	mu      sync.Mutex
	open    map[string]*conversation
	idle    list.List // of *conversation without users, the longest idle first
	timer   *time.Timer
	armed   bool
	closed  bool
	closing sync.WaitGroup // of consumers that the timer closes
}

func newConversations(ctx context.Context, bot *Bot, aside func(hub.Event) error, c *counts, log *slog.Logger) *conversations {
	return &conversations{
		bot: bot, params: map[string]string{"bot": bot.ID}, aside: aside, ctx: ctx, counts: c, log: log,
		open: make(map[string]*conversation),
	}
}

// turn has the conversation of e's sender handle e, and returns what it
// answers. It waits for another room's turn of the same user.
func (cs *conversations) turn(ctx context.Context, e hub.Event) ([]hub.Event, error) {
	c := cs.acquire(&e.From)
	if c == nil {
		return nil, hub.ErrEnded
	}
	defer cs.release(c)
	answers, err := c.take(ctx, e)
	c.settle(cs.ctx)
	if err != nil && ctx.Err() == nil {
		cs.failed(c.scope, err)
	}
	return answers, err
}

func (cs *conversations) failed(s *hub.Scope, err error) {
	cs.counts.failures.Add(1)
	level := slog.LevelError
	if hub.CodeOf(err) != hub.Internal {
		level = slog.LevelInfo
	}
	cs.log.Log(cs.ctx, level, "a conversation failed", "scope", s.ID, "user", s.User.ID, "error", err)
}

// acquire returns the conversation of the user, whose turn it then is; nil
// after close.
func (cs *conversations) acquire(from *hub.Participant) *conversation {
	for {
		cs.mu.Lock()
		if cs.closed {
			cs.mu.Unlock()
			return nil
		}
		c := cs.open[from.ID]
		if c == nil {
			c = &conversation{talks: cs, scope: cs.scope(from)}
			cs.open[from.ID] = c
		}
		if c.place != nil {
			cs.idle.Remove(c.place)
			c.place = nil
		}
		c.users++
		cs.mu.Unlock()
		c.turn.Lock()
		c.settle(cs.ctx)
		if !c.over {
			return c
		}
		cs.drop(c) // it ended while we waited, or before
		c.turn.Unlock()
	}
}

// drop forgets a conversation that is over.
func (cs *conversations) drop(c *conversation) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.open[c.scope.User.ID] == c {
		delete(cs.open, c.scope.User.ID)
	}
}

func (cs *conversations) scope(from *hub.Participant) *hub.Scope {
	return &hub.Scope{
		ID: hub.NewID(), Type: hub.ScopeChat, Path: cs.bot.path(), Params: cs.params, Opened: time.Now(),
		User: hub.User{ID: from.ID, Name: from.Name, Kind: from.Kind},
	}
}

// release ends a turn.
func (cs *conversations) release(c *conversation) {
	cs.mu.Lock()
	c.users--
	late := cs.closed && c.users == 0 && !c.over // stopping did not wait for this turn
	switch {
	case c.over && cs.open[c.scope.User.ID] == c:
		delete(cs.open, c.scope.User.ID)
	case c.users == 0 && !c.over && !cs.closed:
		c.used = time.Now()
		c.place = cs.idle.PushBack(c)
		cs.arm()
	}
	cs.mu.Unlock()
	if late {
		c.close(cs.ctx, nil)
	}
	c.turn.Unlock()
}

// arm sets the timer for the longest idle. It is called with the lock held.
func (cs *conversations) arm() {
	first := cs.first()
	if cs.armed || first == nil {
		return
	}
	cs.armed = true
	wait := time.Until(first.used.Add(cs.bot.Idle))
	if cs.timer == nil {
		cs.timer = time.AfterFunc(wait, cs.expire)
		return
	}
	cs.timer.Reset(wait)
}

func (cs *conversations) first() *conversation {
	if front := cs.idle.Front(); front != nil {
		if c, ok := front.Value.(*conversation); ok {
			return c
		}
	}
	return nil
}

// expire ends the conversations that have been idle for long enough.
func (cs *conversations) expire() {
	cs.mu.Lock()
	if cs.closed {
		cs.mu.Unlock()
		return
	}
	cs.closing.Add(1)
	defer cs.closing.Done()
	var over []*conversation
	now := time.Now()
	for c := cs.first(); c != nil && now.Sub(c.used) >= cs.bot.Idle; c = cs.first() {
		over = append(over, cs.forget(c))
	}
	cs.armed = false
	cs.arm()
	cs.mu.Unlock()
	for _, c := range over {
		c.close(cs.ctx, nil)
	}
}

// forget takes an idle conversation out. It is called with the lock held.
func (cs *conversations) forget(c *conversation) *conversation {
	cs.idle.Remove(c.place)
	c.place = nil
	delete(cs.open, c.scope.User.ID)
	return c
}

// close ends all conversations. One that is still in a turn ends after it.
func (cs *conversations) close() {
	cs.mu.Lock()
	cs.closed = true
	if cs.timer != nil {
		cs.timer.Stop()
	}
	var over []*conversation
	for c := cs.first(); c != nil; c = cs.first() {
		over = append(over, cs.forget(c))
	}
	cs.mu.Unlock()
	for _, c := range over {
		c.close(cs.ctx, nil)
	}
	cs.closing.Wait()
}
