package hub

import "time"

// All but sweep and tell are called with the lock held.

// settle is called after c was changed: it is forgotten, or watched, or
// neither.
func (chs *memoryChannels) settle(c *memoryChannel) {
	switch {
	case c.idle():
		delete(chs.byName, c.name)
	case c.passes():
		chs.watch()
	}
}

// watch has the clock looked at after a while.
func (chs *memoryChannels) watch() {
	if chs.expiry == nil && !chs.closed {
		chs.expiry = time.AfterFunc(max(min(chs.opts.Expiry, chs.opts.GroupExpiry)/2, time.Millisecond), chs.sweep)
	}
}

// sweep forgets what has expired, and tells the log what was dropped.
func (chs *memoryChannels) sweep() {
	defer chs.tell()
	chs.mu.Lock()
	defer chs.mu.Unlock()
	if chs.closed {
		return
	}
	chs.expiry = nil
	now := time.Now()
	for _, c := range chs.byName {
		chs.expire(c, now)
		if c.lapsed(now, chs.opts.GroupExpiry) {
			chs.leaveAll(c)
		}
		chs.settle(c)
	}
}

// tell tells the log what was dropped since it was last told.
func (chs *memoryChannels) tell() {
	chs.mu.Lock()
	now, before, channel := chs.drops, chs.told, chs.dropped
	chs.told = chs.drops
	chs.mu.Unlock()
	if now != before {
		chs.opts.Logger.Warn("messages in channels were dropped", "full", now.Full-before.Full,
			"expired", now.Expired-before.Expired, "abandoned", now.Abandoned-before.Abandoned, "last_channel", channel)
	}
}

func (chs *memoryChannels) expire(c *memoryChannel, now time.Time) {
	chs.count(&chs.drops.Expired, c.expire(now), c)
}

func (chs *memoryChannels) count(drops *uint64, n int, c *memoryChannel) {
	if n > 0 {
		*drops += uint64(n)
		chs.dropped = c.name // the timer is set, since there were messages
	}
}
