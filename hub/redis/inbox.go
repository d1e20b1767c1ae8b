package redis

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hubbub/hub"
)

// inbox is a [hub.Inbox].
type inbox struct {
	layer   *Layer
	channel *channel
	wake    func()
	news    atomic.Bool // there may be a message

	mu     sync.Mutex // one asks at a time
	taking *taking
	closed atomic.Bool
}

// Own implements [hub.Channels].
func (l *Layer) Own(ctx context.Context, name string, wake func()) (hub.Inbox, error) {
	if err := hub.CheckChannelName(name); err != nil {
		return nil, err
	}
	if err := l.ended(); err != nil {
		return nil, fmt.Errorf("own channel %s: %w", name, err)
	}
	in := &inbox{layer: l, wake: wake}
	l.held.mu.Lock()
	in.channel = l.held.channel(name)
	in.channel.owners = append(in.channel.owners, in)
	l.held.mu.Unlock()
	left, err := l.note(ctx, in.channel)
	if err != nil {
		in.closed.Store(true)
		l.held.disown(in) // what the server may have noted lapses
		return nil, fmt.Errorf("own channel %s: %w", name, told(err))
	}
	if left > 0 {
		in.ring()
	}
	return in, nil
}

// ring tells the owner that there may be a message.
func (in *inbox) ring() {
	in.news.Store(true)
	if !in.closed.Load() {
		in.wake()
	}
}

// Next implements [hub.Inbox].
func (in *inbox) Next() ([]byte, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed.Load() || in.layer.ended() != nil || !in.news.Swap(false) {
		return nil, false
	}
	if in.taking == nil {
		in.taking = in.layer.newTaking(in.channel.name)
	}
	m, found, left, err := in.layer.take(in.taking, 0, neverWait)
	if err != nil {
		in.news.Store(true)
		if passing(err) {
			time.AfterFunc(time.Second, in.ring)
		}
		return nil, false
	}
	in.taking = nil
	if left > 0 {
		in.news.Store(true)
	}
	return m, found
}

// Close implements [hub.Inbox].
func (in *inbox) Close() {
	if in.closed.Swap(true) {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	l := in.layer
	if in.taking != nil && in.taking.asked > 0 {
		l.held.owe(in.taking)
		token(l.renewal.channels)
	}
	c := l.held.use(in.channel.name) // so that who owns it next waits for the release
	defer l.held.leave(c)
	if !l.held.disown(in) {
		return
	}
	ctx, cancel := detached()
	defer cancel()
	if !l.release(ctx, c) {
		l.held.oweRelease(c.name)
	}
}

// abandonAll ends all ownership of a layer that is closing.
func (l *Layer) abandonAll(ctx context.Context) {
	l.settleOwed(ctx)
	together(l.held.abandon(), func(c *channel) {
		if ctx.Err() == nil {
			l.release(ctx, c) // else it lapses
		}
	})
}

// abandon takes away all owners, and returns the channels that had some.
func (h *held) abandon() []*channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	var channels []*channel
	for _, c := range h.byName {
		if len(c.owners) == 0 {
			continue
		}
		for _, in := range c.owners {
			in.closed.Store(true)
		}
		c.owners = nil
		channels = append(channels, c)
	}
	return channels
}

// disown takes an owner away and reports whether it was the last one here.
func (h *held) disown(in *inbox) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := in.channel
	if i := slices.Index(c.owners, in); i >= 0 {
		c.owners = slices.Delete(c.owners, i, i+1)
	}
	if len(c.owners) == 0 {
		c.member = member{}
	}
	h.settle(c)
	return len(c.owners) == 0
}
