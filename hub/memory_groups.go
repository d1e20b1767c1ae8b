package hub

import (
	"context"
	"time"
)

// GroupAdd implements [Groups].
func (l *MemoryLayer) GroupAdd(_ context.Context, group, channel string) error {
	chs, unlock, err := l.lockGroup(group, channel)
	defer unlock()
	if err != nil {
		return err
	}
	now := time.Now()
	c := chs.channel(channel, now)
	defer chs.settle(c)
	c.seen = now
	if c.groups == nil {
		c.groups = make(map[string]struct{})
	}
	c.groups[group] = struct{}{}
	if chs.groups[group] == nil {
		chs.groups[group] = make(map[*memoryChannel]struct{})
	}
	chs.groups[group][c] = struct{}{}
	return nil
}

// GroupDiscard implements [Groups].
func (l *MemoryLayer) GroupDiscard(_ context.Context, group, channel string) error {
	chs, unlock, err := l.lockGroup(group, channel)
	defer unlock()
	if err != nil {
		return err
	}
	if c := chs.byName[channel]; c != nil {
		chs.leave(c, group)
		chs.settle(c)
	}
	return nil
}

// GroupSend implements [Groups].
func (l *MemoryLayer) GroupSend(_ context.Context, group string, message []byte) error {
	return post("group "+group, group, memoryMessage{body: message, shared: true}, l.groupSend)
}

// groupSend returns the owners to be woken.
func (l *MemoryLayer) groupSend(group string, m memoryMessage) ([]*memoryInbox, error) {
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	m.expires = now.Add(chs.opts.Expiry)
	var owners []*memoryInbox
	for c := range chs.groups[group] {
		switch {
		case c.lapsed(now, chs.opts.GroupExpiry):
			chs.leaveAll(c)
		case chs.put(c, m, now):
			owners = append(owners, c.owners...)
		}
		chs.settle(c)
	}
	return owners, nil
}

func (l *MemoryLayer) lockGroup(group, channel string) (*memoryChannels, func(), error) {
	for _, name := range []string{group, channel} {
		if err := CheckChannelName(name); err != nil {
			return nil, func() {}, err
		}
	}
	return l.lockChannels()
}

// leaveAll is called with the lock held.
func (chs *memoryChannels) leaveAll(c *memoryChannel) {
	for group := range c.groups {
		chs.leave(c, group)
	}
}

// leave is called with the lock held.
func (chs *memoryChannels) leave(c *memoryChannel, group string) {
	delete(c.groups, group)
	delete(chs.groups[group], c)
	if len(chs.groups[group]) == 0 {
		delete(chs.groups, group)
	}
}
