package redis

import (
	"slices"
	"sync"
)

// held are the channels that this process owns or waits for.
type held struct {
	mu       sync.Mutex
	byName   map[string]*channel
	last     uint64    // number
	takings  []*taking // that may have taken what nobody got
	releases []string  // channels of which the server may not know that they lost their owners
}

// channel is one of them. It is in the map as long as it has an owner, a waiter or
// a user.
type channel struct {
	name    string
	owners  []*inbox
	waiters []*waiter // longest first
	asked   uint64    // number of the newest question of a waiter
	users   int       // who needs it to stay in the map
	member  member

	// noting is held while the server is told of ownership, so that it hears in
	// the order in which it changed here.
	noting sync.Mutex
}

// waiter is a Receive.
type waiter struct {
	channel *channel
	rung    chan struct{} // holds a token when a message may have come
}

func (h *held) init() { h.byName = make(map[string]*channel) }

// number returns a number that was not used before.
func (h *held) number() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	return h.last
}

// channel is called with the lock held.
func (h *held) channel(name string) *channel {
	c := h.byName[name]
	if c == nil {
		c = &channel{name: name}
		h.byName[name] = c
	}
	return c
}

// settle is called with the lock held.
func (h *held) settle(c *channel) {
	if len(c.owners) == 0 && len(c.waiters) == 0 && c.users == 0 && h.byName[c.name] == c {
		delete(h.byName, c.name)
	}
}

// use returns the channel, which stays in the map until leave is called.
func (h *held) use(name string) *channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.channel(name)
	c.users++
	return c
}

func (h *held) leave(c *channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.users--
	h.settle(c)
}

// names returns which channels are held.
func (h *held) names() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := make([]string, 0, len(h.byName))
	for name := range h.byName {
		names = append(names, name)
	}
	return names
}

// lineUp adds a waiter.
func (h *held) lineUp(name string) *waiter {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &waiter{channel: h.channel(name), rung: make(chan struct{}, 1)}
	w.channel.waiters = append(w.channel.waiters, w)
	return w
}

// ask returns a number for a question of w, and what take.lua is to do about the
// hub: others may wait beside w, for whom it has been rung already.
func (h *held) ask(w *waiter) (number uint64, wait string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	w.channel.asked = h.last
	if len(w.channel.waiters) > 1 {
		return h.last, waitStill
	}
	return h.last, waitEmpty
}

// stepOut takes a waiter away. Whom it was rung for, or where there is more, the
// next one is. It returns the number of the newest question, and whether nobody
// waits any more.
func (h *held) stepOut(w *waiter, more bool) (number uint64, alone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := w.channel
	i := slices.Index(c.waiters, w)
	c.waiters = slices.Delete(c.waiters, i, i+1)
	if more || len(w.rung) > 0 {
		c.ringOne()
	}
	h.settle(c)
	return c.asked, len(c.waiters) == 0
}

// ringOne rings for who has waited longest and was not rung for. It is called with
// the lock held.
func (c *channel) ringOne() {
	for _, w := range c.waiters {
		if len(w.rung) == 0 {
			token(w.rung)
			return
		}
	}
}

// ring says that a message has come: every owner is woken, and one waiter asks.
func (l *Layer) ring(name string) {
	l.held.mu.Lock()
	var owners []*inbox
	if c := l.held.byName[name]; c != nil {
		owners = slices.Clone(c.owners)
		c.ringOne()
	}
	l.held.mu.Unlock()
	for _, in := range owners {
		in.ring()
	}
}
