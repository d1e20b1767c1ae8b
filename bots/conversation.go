package bots

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"hubbub/hub"
)

// conversation is a scope with a bot. It is the sender that its consumer speaks
// through, and the memory that it keeps things in.
type conversation struct {
	talks *conversations
	key   string // among those of the bot
	scope *hub.Scope

	// Guarded by the lock of talks.
	users int       // turns that have it or wait for it
	used  time.Time // end of the last turn
	spot  spot      // in the wheel

	turn     sync.Mutex // held by the turn that has it
	consumer hub.Consumer
	greeted  bool   // has been told that it is open
	told     bool   // and that it ends
	over     bool   // no turn may have it any more
	place    string // the room of its last event

	mu    sync.Mutex
	draft *turn // what comes of the event that is being handled; nil between turns
	ended bool
	end   *end // its consumer's own; nil while there is none
}

// end is why a consumer ended its conversation, nil where that is as it should be.
type end struct{ cause error }

var (
	_ hub.Finisher = (*conversation)(nil)
	_ Memory       = (*conversation)(nil)
)

// Send implements [hub.Sender]. What is sent during a turn answers its event;
// what is sent at other times names its room and answers nothing.
func (c *conversation) Send(e hub.Event) error {
	switch e.Type {
	case hub.TypeSendMessage, hub.TypeReact, hub.TypeEditMessage:
	default:
		return hub.Errorf(hub.Invalid, "A bot sends %s, %s and %s, not %.64q.", hub.TypeSendMessage, hub.TypeReact, hub.TypeEditMessage, e.Type)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Room == "" && c.draft != nil {
		e.Room = c.draft.room
	}
	switch {
	case c.ended:
		return hub.ErrEnded
	case !slices.Contains(c.talks.bot.Rooms, e.Room):
		return hub.Errorf(hub.Forbidden, "The bot %s has not joined the room %.64q.", c.talks.bot.ID, e.Room)
	case c.draft == nil:
		return c.talks.out.aside(e)
	case len(c.draft.events) == maxPerTurn:
		return hub.Errorf(hub.RateLimited, "An event has at most %d answers.", maxPerTurn)
	}
	c.draft.events = append(c.draft.events, e)
	return nil
}

// Recall implements [Memory].
func (c *conversation) Recall(ctx context.Context) ([]byte, error) {
	value, err := c.talks.out.recall(ctx, c.row())
	if err != nil {
		return nil, &hub.Error{Code: hub.Unavailable, Message: "What was kept cannot be read now. Try again.", Err: err}
	}
	return value, nil
}

// Keep implements [Memory].
func (c *conversation) Keep(value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draft == nil {
		return hub.Errorf(hub.Invalid, "What is kept is part of a turn; there is none now.")
	}
	c.draft.row = &hub.State{Key: c.row(), Value: value}
	return nil
}

func (c *conversation) row() string { return "bots/" + c.talks.bot.ID + "/" + c.key }

// Finish implements [hub.Finisher]. What was said in the turn is said; what is
// said next opens another conversation.
func (c *conversation) Finish(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end == nil {
		c.end = &end{cause}
	}
}

// ending returns what Finish was called with, nil where it was not.
func (c *conversation) ending() *end {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// take has the consumer handle e, and returns what comes of it. The first turn
// opens the scope, and one in which the consumer ends it closes it. A failure ends
// the conversation, and nothing comes of the event.
func (c *conversation) take(ctx context.Context, e hub.Event) (*turn, error) {
	c.begin(e.Room, e.Seq)
	greeted := c.greeted
	err := c.open(ctx, &e)
	if err == nil {
		err = guard(func() error { return c.consumer.Handle(ctx, e) })
	}
	if end := c.ending(); err == nil && end != nil && end.cause == nil {
		c.say(ctx, hub.ClosedEnded)
	}
	t := c.finish()
	var refusal *hub.Error
	switch {
	case err == nil:
	case hub.CodeOf(err) == hub.Unavailable: // it is handled again
		c.greeted = greeted
		return nil, err
	case c.consumer != nil && errors.As(err, &refusal): // said to the participant, and no defect
	default:
		c.over = true
		c.close(context.WithoutCancel(ctx), err)
		return nil, err
	}
	t.events = named("re:"+e.ID, t.events)
	return t, err
}

// begin makes what is sent from now on part of a turn.
func (c *conversation) begin(room string, seq int64) {
	c.place = room
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draft = &turn{room: room, seq: seq}
}

func (c *conversation) finish() *turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.draft
	c.draft = nil
	return t
}

func (c *conversation) open(ctx context.Context, e *hub.Event) error {
	return guard(func() (err error) {
		if c.consumer == nil {
			c.consumer, err = c.talks.bot.App(ctx, c.scope, c)
			if err == nil && c.consumer == nil {
				return errors.New("bots: the application made no consumer")
			}
		}
		if err != nil || c.greeted {
			return err
		}
		c.greeted = true
		return c.consumer.Handle(ctx, hub.Event{Type: hub.TypeScopeOpened, Room: e.Room, At: e.At, From: e.From})
	})
}

// say tells the consumer why its conversation ends. What it answers belongs to the
// turn under way.
func (c *conversation) say(ctx context.Context, reason string) {
	c.told = true
	err := guard(func() error {
		return c.consumer.Handle(ctx, hub.Event{
			Type: hub.TypeScopeClosed, Room: c.place, At: time.Now().UTC(), From: c.scope.Participant(),
			Detail: &hub.ScopeClosed{Reason: reason},
		})
	})
	if err != nil {
		c.talks.failed(c.scope, err)
	}
}

// depart closes a conversation that is open, and returns what its consumer says to
// that. It is called in a turn of its own.
func (c *conversation) depart(ctx context.Context, reason string) *turn {
	var t *turn
	if c.consumer != nil && c.greeted && !c.told {
		c.begin(c.place, 0)
		c.say(ctx, reason)
		t = c.finish()
		t.events = named("end:"+c.scope.ID, t.events)
	}
	c.over = true
	c.close(ctx, nil)
	return t
}

// close ends the consumer and then the way out, so that a consumer may say
// goodbye. It is called once, and not while an event is handled.
func (c *conversation) close(ctx context.Context, cause error) {
	if c.consumer != nil {
		err := guard(func() error { c.consumer.Close(ctx, cause); return nil })
		if err != nil {
			c.talks.failed(c.scope, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// guard makes an error of a panic: bots of one process do not fall together.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("bots: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}
