package hub

import (
	"bytes"
	"slices"
	"time"
)

// memoryChannel is a channel of a [MemoryLayer], whose lock guards it. It is in
// the layer's map as long as it is of use.
type memoryChannel struct {
	name     string
	capacity int
	queue    []memoryMessage   // oldest first; empty while somebody waits
	waiting  []*memoryReceiver // longest first
	owners   []*memoryInbox
	groups   map[string]struct{}
	seen     time.Time // when it was last added to a group or received from
}

// memoryMessage is a message on its way, which no one changes.
type memoryMessage struct {
	body    []byte
	shared  bool // by several channels
	expires time.Time
}

// memoryReceiver is a Receive that waits. got takes one message without
// waiting, and is closed with the layer.
type memoryReceiver struct{ got chan memoryMessage }

// own returns bytes that the receiver may change.
func (m memoryMessage) own() []byte {
	if m.shared {
		return bytes.Clone(m.body)
	}
	return m.body
}

// put hands m to who has waited longest, or queues it, and reports whether it
// found room.
func (c *memoryChannel) put(m memoryMessage) bool {
	if len(c.waiting) > 0 {
		c.waiting[0].got <- m
		c.waiting = slices.Delete(c.waiting, 0, 1)
		return true
	}
	if len(c.queue) >= c.capacity {
		return false
	}
	c.queue = append(c.queue, m)
	return true
}

// take takes the oldest message.
func (c *memoryChannel) take() (memoryMessage, bool) {
	if len(c.queue) == 0 {
		return memoryMessage{}, false
	}
	m := c.queue[0]
	c.drop(1)
	return m, true
}

// drop forgets the oldest n messages.
func (c *memoryChannel) drop(n int) {
	clear(c.queue[:n])
	if c.queue = c.queue[n:]; len(c.queue) == 0 {
		c.queue = nil
	}
}

// expire forgets what has waited too long, and returns how much that was.
func (c *memoryChannel) expire(now time.Time) int {
	n := 0
	for n < len(c.queue) && !now.Before(c.queue[n].expires) {
		n++
	}
	c.drop(n)
	return n
}

// forsake takes w from those who wait, and reports whether it still did.
func (c *memoryChannel) forsake(w *memoryReceiver) bool {
	i := slices.Index(c.waiting, w)
	if i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
	return i >= 0
}

// lapsed reports whether nobody has shown for so long that its owner lives.
func (c *memoryChannel) lapsed(now time.Time, after time.Duration) bool {
	return len(c.owners) == 0 && len(c.waiting) == 0 && now.Sub(c.seen) >= after
}

// passes reports whether time alone may take something from the channel.
func (c *memoryChannel) passes() bool {
	return len(c.queue) > 0 || len(c.groups) > 0 && len(c.owners) == 0
}

// idle reports whether the channel can be forgotten.
func (c *memoryChannel) idle() bool {
	return len(c.queue) == 0 && len(c.waiting) == 0 && len(c.owners) == 0 && len(c.groups) == 0
}
