package mqtt

import "time"

// keep makes m the message that its topic retains, or with an empty payload has the
// topic retain none (MQTT 5, 3.3.1.3). It reports false where m is too large, or
// there are too many: the topic then retains none, since what it had is no longer
// what was said last. It is called with the lock.
func (t *topics) keep(m *message) bool {
	n := t.root.seek(m.topic, false)
	if n != nil && n.retained != nil {
		n.retained = nil
		t.retained--
	}
	if len(m.payload) > 0 && t.hasRoom(m) {
		t.root.seek(m.topic, true).retained = m // not n's: a sweep may have removed n
		t.retained++
		return true
	}
	if n != nil {
		n.trim()
	}
	return len(m.payload) == 0
}

func (t *topics) hasRoom(m *message) bool {
	if m.size() > maxRetainedSize+perMessage {
		return false
	}
	if now := time.Now(); t.retained >= maxRetained && now.Sub(t.swept) > time.Second {
		t.swept = now
		t.sweep(&t.root, now)
	}
	return t.retained < maxRetained
}

// sweep removes the retained messages that have expired.
func (t *topics) sweep(n *node, now time.Time) {
	if n.retained != nil && n.retained.expired(now) {
		n.retained = nil
		t.retained--
	}
	for _, next := range n.below { // trim deletes from it, which a loop over a map allows
		t.sweep(next, now)
	}
	n.trim()
}
