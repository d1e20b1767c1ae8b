package hub

import (
	"context"
	"slices"
	"time"
)

// memoryInbox is an [Inbox] of a [MemoryLayer].
type memoryInbox struct {
	layer   *MemoryLayer
	channel *memoryChannel
	wake    func()
}

// Own implements [Channels].
func (l *MemoryLayer) Own(_ context.Context, channel string, wake func()) (Inbox, error) {
	if err := CheckChannelName(channel); err != nil {
		return nil, err
	}
	in, waits, err := l.own(channel, wake)
	if err != nil {
		return nil, err
	}
	if waits {
		wake()
	}
	return in, nil
}

// own reports whether there are messages already.
func (l *MemoryLayer) own(name string, wake func()) (*memoryInbox, bool, error) {
	chs, unlock, err := l.lockChannels()
	defer unlock()
	if err != nil {
		return nil, false, err
	}
	c := chs.channel(name, time.Now())
	in := &memoryInbox{layer: l, channel: c, wake: wake}
	c.owners = append(c.owners, in)
	return in, len(c.queue) > 0, nil
}

// wakeAll is called without the lock.
func wakeAll(owners []*memoryInbox) {
	for _, in := range owners {
		in.wake()
	}
}

// Next implements [Inbox].
func (in *memoryInbox) Next() ([]byte, bool) {
	m, ok := in.next()
	if !ok {
		return nil, false
	}
	return m.own(), true
}

func (in *memoryInbox) next() (memoryMessage, bool) {
	chs, unlock, err := in.layer.lockChannels()
	defer unlock()
	if err != nil || !slices.Contains(in.channel.owners, in) {
		return memoryMessage{}, false
	}
	return chs.take(in.channel, time.Now())
}

// Close implements [Inbox].
func (in *memoryInbox) Close() {
	chs, unlock, err := in.layer.lockChannels()
	defer unlock()
	c := in.channel
	i := slices.Index(c.owners, in)
	if err != nil || i < 0 {
		return
	}
	c.owners = slices.Delete(c.owners, i, i+1)
	if len(c.owners) > 0 {
		return
	}
	chs.count(&chs.drops.Abandoned, len(c.queue), c)
	c.queue = nil
	chs.leaveAll(c)
	chs.settle(c)
}
