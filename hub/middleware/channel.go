package middleware

import (
	"context"
	"log/slog"
	"sync"

	"hubbub/hub"
)

// Channel gives each scope its channel, [hub.Scope.Channel]: what is sent there,
// or to a group that it was added to, the consumer is handed as a channel.message
// whose detail is a *[hub.ChannelMessage], in order and never beside another
// event. The channel is there before the application is asked, so that it can
// add it to groups, and ends with the scope, groups and all.
//
// A quiet channel costs no goroutine. No participant sent these events, so what a
// consumer answers them with as an error goes to the log, and so does a panic.
// Mount it inside of a codec, which knows only the events of its protocol.
func Channel(layer hub.Channels, log *slog.Logger) hub.Middleware {
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (_ hub.Consumer, err error) {
			c := &channelled{scope: s, log: log, turn: make(chan struct{}, 1)}
			c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
			c.turn <- struct{}{} // what comes before there is a consumer waits
			defer c.release()
			if c.inbox, err = layer.Own(ctx, s.Channel(), c.wake); err != nil {
				c.cancel()
				return nil, err
			}
			defer func() { // also where app panics
				if c.consumer == nil {
					c.end()
				}
			}()
			consumer, err := app(ctx, s, out)
			if err != nil {
				return nil, err
			}
			c.consumer = consumer
			return c, nil
		}
	}
}

// channelled is a consumer that is handed what comes through its channel too.
type channelled struct {
	scope  *hub.Scope
	log    *slog.Logger
	ctx    context.Context // of what comes through the channel; ends with the scope
	cancel context.CancelFunc

	turn     chan struct{} // holds the token of whoever hands an event to the consumer
	consumer hub.Consumer
	inbox    hub.Inbox // nil once the scope has ended

	mu      sync.Mutex
	reading bool // a goroutine reads the inbox
	more    bool // it was woken meanwhile
}

// Handle implements [hub.Consumer].
func (c *channelled) Handle(ctx context.Context, e hub.Event) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer c.release()
	return c.consumer.Handle(ctx, e)
}

// Close implements [hub.Consumer].
func (c *channelled) Close(ctx context.Context, cause error) {
	c.cancel() // nobody waits for the answer to what came through the channel
	c.turn <- struct{}{}
	defer c.release()
	c.end()
	c.consumer.Close(ctx, cause)
}

func (c *channelled) release() { <-c.turn }

// end is called with the turn taken.
func (c *channelled) end() {
	c.cancel()
	c.inbox.Close()
	c.inbox = nil
}

// wake has the inbox read, by a goroutine that ends when it is empty.
func (c *channelled) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more = true
	if !c.reading {
		c.reading = true
		go c.read()
	}
}

func (c *channelled) read() {
	for c.again() {
		for c.next() {
		}
	}
}

// again reports whether the inbox was woken since it was last asked.
func (c *channelled) again() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = c.more
	c.more = false
	return c.reading
}

// next hands over one message, and reports whether there was one. It takes it
// in its turn, so that what waits counts for the capacity of the channel.
func (c *channelled) next() bool {
	c.turn <- struct{}{}
	defer c.release()
	if c.inbox == nil || c.ctx.Err() != nil { // the scope has ended, or is about to
		return false
	}
	body, ok := c.inbox.Next()
	if !ok {
		return false
	}
	if err := c.hand(body); err != nil {
		c.log.Warn("a message in a channel was not handled", "channel", c.scope.Channel(), "error", err)
	}
	return true
}

func (c *channelled) hand(body []byte) (err error) {
	defer caught(c.log, c.scope, &err)
	return c.consumer.Handle(c.ctx, hub.Event{Type: hub.TypeChannelMessage, Detail: &hub.ChannelMessage{Body: body}})
}
