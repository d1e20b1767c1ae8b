package hub

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// memoryChannels are the channels and groups of a [MemoryLayer].
type memoryChannels struct {
	mu      sync.Mutex
	opts    ChannelOptions // with defaults, once byName is made
	byName  map[string]*memoryChannel
	groups  map[string]map[*memoryChannel]struct{}
	drops   Drops
	closed  bool
	expiry  *time.Timer // one for all, set while time may take something
	told    Drops       // that the log was told of
	dropped string      // the channel that lost a message last
}

// NewChannel implements [Channels].
func (l *MemoryLayer) NewChannel(_ context.Context, prefix string) (string, error) {
	return NewChannelName(prefix)
}

// Send implements [Channels].
func (l *MemoryLayer) Send(_ context.Context, channel string, message []byte) error {
	return post("channel "+channel, channel, memoryMessage{body: message}, l.send)
}

// post checks a message to what is called name, and has send take a copy of it.
func post(what, name string, m memoryMessage, send func(string, memoryMessage) ([]*memoryInbox, error)) error {
	if err := CheckChannelName(name); err != nil {
		return err
	}
	if err := CheckChannelMessage(m.body); err != nil {
		return fmt.Errorf("send to %s: %w", what, err)
	}
	m.body = append([]byte{}, m.body...)
	owners, err := send(name, m)
	if err != nil {
		return fmt.Errorf("send to %s: %w", what, err)
	}
	wakeAll(owners)
	return nil
}

// send returns the owners to be woken.
func (l *MemoryLayer) send(name string, m memoryMessage) ([]*memoryInbox, error) {
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	m.expires = now.Add(chs.opts.Expiry)
	c := chs.channel(name, now)
	defer chs.settle(c)
	if !chs.put(c, m, now) {
		return nil, ErrChannelFull
	}
	return slices.Clone(c.owners), nil
}

// Receive implements [Channels].
func (l *MemoryLayer) Receive(ctx context.Context, channel string) ([]byte, error) {
	if err := CheckChannelName(channel); err != nil {
		return nil, err
	}
	m, err := l.receive(ctx, channel)
	if err != nil {
		return nil, fmt.Errorf("receive from channel %s: %w", channel, err)
	}
	return m.own(), nil
}

func (l *MemoryLayer) receive(ctx context.Context, name string) (memoryMessage, error) {
	if err := ctx.Err(); err != nil {
		return memoryMessage{}, err
	}
	c, w, err := l.lineUp(name)
	if err != nil {
		return memoryMessage{}, err
	}
	var m memoryMessage
	var open bool
	select {
	case m, open = <-w.got:
	case <-ctx.Done():
		if l.forsake(c, w) {
			return memoryMessage{}, ctx.Err()
		}
		m, open = <-w.got // it was handed over just now, and must not be lost
	}
	if !open {
		return memoryMessage{}, ErrLayerClosed
	}
	return m, nil
}

// lineUp returns a receiver that has a message, or waits for the next one.
func (l *MemoryLayer) lineUp(name string) (*memoryChannel, *memoryReceiver, error) {
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	c := chs.channel(name, now)
	defer chs.settle(c)
	c.seen = now
	w := &memoryReceiver{got: make(chan memoryMessage, 1)}
	if m, ok := chs.take(c, now); ok {
		w.got <- m
	} else {
		c.waiting = append(c.waiting, w)
	}
	return c, w, nil
}

// forsake ends the waiting of w, and reports whether it still waited.
func (l *MemoryLayer) forsake(c *memoryChannel, w *memoryReceiver) bool {
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return false
	}
	defer chs.settle(c)
	c.seen = time.Now()
	return c.forsake(w)
}

// Flush implements [Channels].
func (l *MemoryLayer) Flush(context.Context) error {
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return err
	}
	for _, c := range chs.byName {
		c.queue = nil
		chs.leaveAll(c)
		chs.settle(c)
	}
	return nil
}

// Drops implements [Channels].
func (l *MemoryLayer) Drops() Drops {
	l.channels.mu.Lock()
	defer l.channels.mu.Unlock()
	return l.channels.drops
}

// lockChannels returns the channels for the caller alone until it calls unlock,
// which it must also where there is an error.
func (l *MemoryLayer) lockChannels() (chs *memoryChannels, unlock func(), err error) {
	chs = &l.channels
	chs.mu.Lock()
	switch {
	case chs.closed:
		err = ErrLayerClosed
	case chs.byName == nil:
		if err := l.Options.Check(); err != nil {
			chs.mu.Unlock()
			panic(err) // as of a pattern of a router
		}
		chs.opts = l.Options.WithDefaults()
		chs.byName = make(map[string]*memoryChannel)
		chs.groups = make(map[string]map[*memoryChannel]struct{})
	}
	return chs, chs.mu.Unlock, err
}

// closeChannels ends those who wait.
func (l *MemoryLayer) closeChannels() {
	defer l.channels.tell()
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return
	}
	chs.closed = true
	if chs.expiry != nil {
		chs.expiry.Stop()
	}
	for _, c := range chs.byName {
		for _, w := range c.waiting {
			close(w.got)
		}
		*c = memoryChannel{name: c.name}
	}
	clear(chs.byName)
	clear(chs.groups)
}

// The methods below are called with the lock held.

func (chs *memoryChannels) channel(name string, now time.Time) *memoryChannel {
	c := chs.byName[name]
	switch {
	case c == nil:
		c = &memoryChannel{name: name, capacity: chs.opts.CapacityOf(name)}
		chs.byName[name] = c
	case c.lapsed(now, chs.opts.GroupExpiry):
		chs.leaveAll(c) // what nobody has swept yet does not come to life again
	}
	return c
}

// put puts m into c and reports whether there was room.
func (chs *memoryChannels) put(c *memoryChannel, m memoryMessage, now time.Time) bool {
	chs.expire(c, now)
	ok := c.put(m)
	if !ok {
		chs.count(&chs.drops.Full, 1, c)
	}
	return ok
}

// take takes the oldest message of c that has not expired.
func (chs *memoryChannels) take(c *memoryChannel, now time.Time) (memoryMessage, bool) {
	chs.expire(c, now)
	return c.take()
}
