package bots

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hubbub/hub"
)

// conversations are those of one bot. A quiet one costs neither goroutine nor
// timer; the wheel says when it has been idle for long enough.
type conversations struct {
	bot    *Bot
	params hub.Params // of every scope
	out    committer
	wheel  *wheel
	counts *counts
	ctx    context.Context // of closing consumers
	log    *slog.Logger

	mu      sync.Mutex
	open    map[string]*conversation
	closed  bool
	closing sync.WaitGroup // of goroutines that close idle ones
}

// committer is what conversations need of the ledger.
type committer interface {
	add(t *turn) error
	aside(e hub.Event) error
	recall(ctx context.Context, key string) ([]byte, error)
}

var _ committer = (*ledger)(nil)

func newConversations(ctx context.Context, bot *Bot, out committer, w *wheel, c *counts, log *slog.Logger) *conversations {
	return &conversations{
		bot: bot, params: hub.Params{{Name: "bot", Value: bot.ID}}, out: out, wheel: w, counts: c, ctx: ctx, log: log,
		open: make(map[string]*conversation),
	}
}

// turn has the conversation that e belongs to handle e, and what comes of it
// committed. It waits for another room's turn of the same conversation.
func (cs *conversations) turn(ctx context.Context, e hub.Event) error {
	c := cs.acquire(&e)
	if c == nil {
		return hub.ErrEnded
	}
	defer cs.release(c)
	t, err := c.take(ctx, e)
	if err != nil && ctx.Err() == nil {
		cs.failed(c.scope, err)
	}
	if t != nil && (err == nil || ctx.Err() == nil) {
		cs.add(t)
	}
	cs.settle(c)
	return err
}

// add has t committed, where there is something in it.
func (cs *conversations) add(t *turn) {
	if t == nil || len(t.events) == 0 && t.row == nil {
		return
	}
	if err := cs.out.add(t); err != nil {
		cs.log.Warn("what the bot said while it stopped is lost", "room", t.room, "error", err)
	}
}

func (cs *conversations) failed(s *hub.Scope, err error) {
	level := slog.LevelError
	if hub.CodeOf(err) != hub.Internal {
		level = slog.LevelInfo
	}
	cs.counts.failures.Add(1)
	cs.log.Log(cs.ctx, level, "a conversation failed", "scope", s.ID, "user", s.User.ID, "error", err)
}

// settle closes a conversation that its consumer has ended. It is called in its
// turn.
func (cs *conversations) settle(c *conversation) {
	switch end := c.ending(); {
	case end == nil || c.over:
	case end.cause != nil:
		c.over = true
		cs.failed(c.scope, end.cause)
		c.close(cs.ctx, end.cause)
	default:
		cs.add(c.depart(cs.ctx, hub.ClosedEnded))
	}
}

// acquire returns the conversation that e belongs to, whose turn it then is; nil
// after close.
func (cs *conversations) acquire(e *hub.Event) *conversation {
	for key := cs.bot.Conversation.key(e); ; {
		cs.mu.Lock()
		if cs.closed {
			cs.mu.Unlock()
			return nil
		}
		c := cs.open[key]
		if c == nil {
			c = &conversation{talks: cs, key: key, scope: cs.scope(e)}
			cs.open[key] = c
			cs.wheel.put(c, time.Now().Add(cs.bot.Idle))
		}
		c.users++
		cs.mu.Unlock()
		c.turn.Lock()
		cs.settle(c)
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
	cs.forget(c)
}

func (cs *conversations) forget(c *conversation) {
	if cs.open[c.key] == c {
		delete(cs.open, c.key)
	}
	cs.wheel.remove(c)
}

func (cs *conversations) scope(e *hub.Event) *hub.Scope {
	return &hub.Scope{
		ID: hub.NewID(), Type: hub.ScopeChat, Path: cs.bot.path(), Params: cs.params, Opened: time.Now(),
		User: cs.bot.Conversation.owner(e),
	}
}

// release ends a turn.
func (cs *conversations) release(c *conversation) {
	cs.mu.Lock()
	c.users--
	c.used = time.Now()
	late := cs.closed && c.users == 0 && !c.over // stopping did not wait for this turn
	if c.over {
		cs.forget(c)
	}
	cs.mu.Unlock()
	if late {
		c.over = true
		c.close(cs.ctx, nil)
	}
	c.turn.Unlock()
}

// expire closes those of the conversations that have been idle for long enough,
// and has the others looked at again. It does not wait.
func (cs *conversations) expire(due []*conversation) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.closed {
		return
	}
	now := time.Now()
	var idle []*conversation
	for _, c := range due {
		switch until := c.used.Add(cs.bot.Idle); {
		case cs.open[c.key] != c:
		case c.users > 0:
			cs.wheel.put(c, now.Add(cs.bot.Idle))
		case until.After(now):
			cs.wheel.put(c, until)
		default:
			c.users++ // it is not idle for others any more: they wait for its end
			idle = append(idle, c)
		}
	}
	if len(idle) > 0 {
		cs.closing.Go(func() {
			for _, c := range idle {
				cs.end(c, hub.ClosedIdle)
			}
		})
	}
}

// end closes a conversation that the caller is among the users of, once its turn
// has come.
func (cs *conversations) end(c *conversation, reason string) {
	c.turn.Lock()
	if !c.over {
		cs.add(c.depart(cs.ctx, reason))
	}
	cs.release(c)
}

// close ends all conversations. One that is still in a turn ends after it, and is
// not told why.
func (cs *conversations) close(reason string) {
	cs.mu.Lock()
	cs.closed = true
	var over []*conversation
	for _, c := range cs.open {
		if c.users == 0 {
			c.users++
			over = append(over, c)
		}
	}
	cs.mu.Unlock()
	for _, c := range over {
		cs.end(c, reason)
	}
	cs.closing.Wait()
}

// hand gives the conversations to those of the same bot as it is defined anew: they
// go on there, with other consumers.
func (cs *conversations) hand(to *conversations) {
	cs.mu.Lock()
	cs.closed = true
	cs.mu.Unlock()
	cs.closing.Wait()
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, c := range cs.open {
		cs.wheel.remove(c)
		if c.users > 0 { // its consumer does not return; it ends when it does
			continue
		}
		c.close(cs.ctx, nil)
		c.talks, c.consumer, c.ended, c.end = to, nil, false, nil
		to.open[c.key] = c
		to.wheel.put(c, c.used.Add(to.bot.Idle))
	}
}
