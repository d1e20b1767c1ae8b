package bots

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"hubbub/hub"
)

// conversation is one user's scope with a bot. It is the sender that its
// consumer speaks through.
type conversation struct {
	talks *conversations
	scope *hub.Scope

	// Guarded by the lock of talks.
	users int           // turns that have it or wait for it
	used  time.Time     // end of the last turn
	place *list.Element // among the idle ones; nil while it has users

	turn     sync.Mutex // held by the turn that has it
	consumer hub.Consumer
	over     bool // ended by its consumer

	mu      sync.Mutex
	room    string      // of the event being handled; empty between turns
	answers []hub.Event // to that event, so far
	ended   bool
	end     *end // its consumer's own; nil while there is none
}

// end is why a consumer ended its conversation, nil where that is as it should be.
type end struct{ cause error }

var _ hub.Finisher = (*conversation)(nil)

// Send implements [hub.Sender]. What is sent during a turn answers its event;
// what is sent at other times names its room and answers nothing.
func (c *conversation) Send(e hub.Event) error {
	if e.Type != hub.TypeSendMessage {
		return hub.Errorf(hub.Invalid, "A bot sends %s, not %.64q.", hub.TypeSendMessage, e.Type)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Room == "" {
		e.Room = c.room
	}
	switch {
	case c.ended:
		return hub.ErrEnded
	case !slices.Contains(c.talks.bot.Rooms, e.Room):
		return hub.Errorf(hub.Forbidden, "The bot %s has not joined the room %.64q.", c.talks.bot.ID, e.Room)
	case c.room == "":
		return c.talks.aside(e)
	case len(c.answers) == maxPerTurn:
		return hub.Errorf(hub.RateLimited, "An event has at most %d answers.", maxPerTurn)
	}
	c.answers = append(c.answers, e)
	return nil
}

// Finish implements [hub.Finisher]. What was said in the turn is said; what the
// user says next opens another conversation.
func (c *conversation) Finish(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end == nil {
		c.end = &end{cause}
	}
}

// settle closes a conversation that its consumer has ended. It is called in a
// turn, after the event.
func (c *conversation) settle(ctx context.Context) {
	c.mu.Lock()
	end := c.end
	c.mu.Unlock()
	if end == nil || c.over {
		return
	}
	c.over = true
	if end.cause != nil {
		c.talks.failed(c.scope, end.cause)
	}
	c.close(ctx, end.cause)
}

// take has the consumer handle e, and returns what it answers. The first turn
// opens the scope. A failure ends the conversation, and nothing is answered.
func (c *conversation) take(ctx context.Context, e hub.Event) ([]hub.Event, error) {
	c.mu.Lock()
	c.room = e.Room
	c.mu.Unlock()
	err := c.open(ctx)
	if err == nil {
		err = guard(func() error { return c.consumer.Handle(ctx, e) })
	}
	c.mu.Lock()
	answers := c.answers
	c.room, c.answers = "", nil
	c.mu.Unlock()
	var refusal *hub.Error
	switch {
	case err == nil:
		return answers, nil
	case c.consumer != nil && errors.As(err, &refusal): // said to the participant, and no defect
		return answers, err
	}
	c.over = true
	c.close(context.WithoutCancel(ctx), err)
	return nil, err
}

func (c *conversation) open(ctx context.Context) error {
	if c.consumer != nil {
		return nil
	}
	return guard(func() (err error) {
		c.consumer, err = c.talks.bot.App(ctx, c.scope, c)
		if err == nil && c.consumer == nil {
			return errors.New("bots: the application made no consumer")
		}
		return err
	})
}

// close ends the consumer and then the way out, so that a consumer may say
// goodbye. It is called once, and not during a turn.
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
