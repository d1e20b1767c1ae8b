package redis

import "context"

// note tells the server, or tells it again, that this process holds the channel,
// and returns how many messages wait there.
func (l *Layer) note(ctx context.Context, c *channel) (left int, err error) {
	r, err := l.hold(ctx, c)
	if err != nil || r == nil {
		return 0, err
	}
	l.keepGroups(r.texts(1))
	life, _ := r.text(2)
	flush, _ := r.text(3)
	for _, group := range l.held.lost(c, life, flush) {
		if err := l.join(ctx, group, c.name); err != nil {
			l.held.joined(c.name, group, "", flush) // to be found lost again
			return 0, err
		}
	}
	return r.int(0), nil
}

// hold returns what hold.lua does, or nothing where this process holds the channel
// no more.
func (l *Layer) hold(ctx context.Context, c *channel) (reply, error) {
	c.noting.Lock()
	defer c.noting.Unlock()
	owns, waits, number := l.held.holds(c)
	if !owns && !waits {
		return nil, nil
	}
	var own int
	var waiting any = ""
	if owns {
		own = 1
	}
	if waits {
		waiting = number
	}
	return l.run(ctx, holdScript, c.name, c.name, l.id, own, waiting,
		milliseconds(l.opts.Channels.GroupExpiry), milliseconds(l.opts.hold))
}

// holds returns why this process holds the channel.
func (h *held) holds(c *channel) (owns, waits bool, number uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(c.owners) > 0, len(c.waiters) > 0, c.asked
}

// release tells the server that this process does not own the channel any more,
// unless it does again, counts what was dropped there, and has the channel leave its
// groups. It reports whether the server could be reached.
func (l *Layer) release(ctx context.Context, c *channel) bool {
	c.noting.Lock()
	defer c.noting.Unlock()
	if owns, _, _ := l.held.holds(c); owns {
		return true
	}
	r, err := l.run(ctx, disownScript, c.name, c.name, l.id)
	if err != nil {
		return !passing(err)
	}
	l.drops.count(0, r.int(1), r.int(0), c.name)
	life, _ := r.text(2)
	for _, group := range r.texts(3) {
		l.part(ctx, group, []any{c.name, life})
	}
	return true
}

// renewChannels notes again all that this process holds, and settles what could
// not be done before. It reports whether the server could be reached.
func (l *Layer) renewChannels() bool {
	ctx, cancel := detached()
	defer cancel()
	return l.settleOwed(ctx) && allTogether(l.held.names(), l.renewChannel)
}

func (l *Layer) renewChannel(name string) bool {
	if l.ended() != nil {
		return true
	}
	c := l.held.use(name)
	defer l.held.leave(c)
	ctx, cancel := detached()
	defer cancel()
	left, err := l.note(ctx, c)
	if err != nil {
		return !passing(err)
	}
	if left > 0 {
		l.ring(name)
	}
	return true
}
