package mqtt

import (
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// What waits for one client, of ordinary topics, beyond which it is slow.
const (
	maxWaiting      = 10_000  // messages, beside retained ones
	maxWaitingBytes = 4 << 20 // of those; they are shared by all who wait for them
	maxWaitingKept  = 2 * maxRetained
	maxBatch        = 16 << 10 // bytes that are written in one piece, or a message

	wayTooMuch = 1 << 30
)

// queue is what ordinary topics have for a client, in order: what the client can take
// now is sent, and the rest waits here, not encoded, for its window (QoS 1 and 2)
// and for the bytes that are on their way to it. A client for which too much waits
// is ended as slow: whoever publishes never waits, and nothing is left out but what is
// too large for the client.
//
// It is guarded by the session's window.
type queue struct {
	session *session
	waiting []copyOf
	first   int // of waiting: those before it are gone
	bytes   int // of those that are not kept
	kept    int
	turn    turn
	asked   bool // the way out is to wake it
	ended   bool // it takes no more
}

// add sends a copy, or has it wait; one that is too large for the client is left out.
// packet is what to send of one at QoS 0, where that is encoded already.
func (q *queue) add(c *copyOf, packet []byte) {
	if !c.fits(&q.session.peer) { // asked before it takes a packet id
		q.session.tooLarge(c.topic)
		return
	}
	w := &q.session.window
	w.mu.Lock()
	defer w.mu.Unlock()
	if q.ended {
		return
	}
	if q.len() == 0 && q.room() {
		now := time.Now()
		switch id, ok := q.place(c); {
		case !ok:
		case packet != nil:
			q.session.link.sendLater(packet)
			return
		default:
			q.write(c.append(nil, &q.session.peer, id, now))
			return
		}
	}
	q.put(c)
}

func (q *queue) len() int { return len(q.waiting) - q.first }

// load says how much waits: 0 where the next one would be sent at once.
func (q *queue) load() int {
	w := &q.session.window
	w.mu.Lock()
	defer w.mu.Unlock()
	if q.ended {
		return wayTooMuch - 1
	}
	return q.len()
}

// room reports whether the client's way out takes more now. Where it does not, the
// queue goes on when it does.
func (q *queue) room() bool {
	switch {
	case q.session.window.held:
		q.session.window.wait(&q.turn)
		return false
	case q.asked:
		return false
	case !q.session.link.out.Spare(q.wake):
		q.asked = true
		return false
	}
	return true
}

// place returns a packet id where the copy needs one. Where there is none now, the
// queue goes on when there is.
func (q *queue) place(c *copyOf) (id uint16, ok bool) {
	if c.qos == 0 {
		return 0, true
	}
	w := &q.session.window
	switch id, ok = w.next(c.qos); {
	case !ok:
		w.wait(&q.turn)
	case c.group != nil && c.qos == 1:
		w.share(id, c)
	}
	return id, ok
}

// put has a copy wait, or ends the client as slow.
func (q *queue) put(c *copyOf) {
	if q.first > 64 && q.first > len(q.waiting)/2 {
		q.waiting = append(q.waiting[:0:0], q.waiting[q.first:]...)
		q.first = 0
	}
	q.waiting = append(q.waiting, *c)
	if c.kept {
		q.kept++
	} else {
		q.bytes += c.size()
	}
	if q.kept > maxWaitingKept || q.len()-q.kept > maxWaiting || q.bytes > maxWaitingBytes {
		q.ended = true
		q.session.endSlow(c.topic)
	}
}

// wake is told that the way out takes more.
func (q *queue) wake() {
	w := &q.session.window
	w.mu.Lock()
	defer w.mu.Unlock()
	q.asked = false
	q.send()
}

// send sends what waits, as far as that goes now, and leaves the places that it does
// not need to others: what waited may have expired. It is called with the lock.
func (q *queue) send() {
	for !q.ended && q.len() > 0 && q.room() {
		now := time.Now()
		var batch []byte
		for q.len() > 0 && len(batch) < maxBatch {
			c := &q.waiting[q.first]
			if !c.expired(now) {
				id, ok := q.place(c)
				if !ok {
					q.write(batch)
					return
				}
				batch = c.append(batch, &q.session.peer, id, now)
			}
			q.drop()
		}
		q.write(batch)
	}
	q.session.window.refill()
}

func (q *queue) write(b []byte) {
	if len(b) > 0 {
		q.session.link.sendLater(b)
	}
}

// drop removes the first one.
func (q *queue) drop() {
	c := &q.waiting[q.first]
	if c.kept {
		q.kept--
	} else {
		q.bytes -= c.size()
	}
	*c = copyOf{}
	if q.first++; q.first == len(q.waiting) {
		q.waiting, q.first = nil, 0
	}
}

// end ends the queue, and returns what the client did not get, or got at QoS 1 of a
// shared subscription and has not acknowledged (MQTT 5, 4.8.2: another one should have
// that, and none what was sent at QoS 2).
func (q *queue) end() []copyOf {
	w := &q.session.window
	w.mu.Lock()
	defer w.mu.Unlock()
	q.ended = true
	left := append(w.unshared(), q.waiting[q.first:]...)
	q.waiting, q.first, q.bytes, q.kept = nil, 0, 0, 0
	return left
}

// tooLarge counts and logs a message that is too large for the client.
func (s *session) tooLarge(topic string) {
	s.server.large.add("client", s.client.ID, "topic", topic, "limit", s.peer.maxPacket)
}

// endSlow ends a client that does not keep up with a topic.
func (s *session) endSlow(topic string) {
	s.server.slow.add("client", s.client.ID, "topic", topic)
	s.hangUp(refusal(packets.ErrQuotaExceeded, hub.ErrSlow.Message), hub.ErrSlow)
}
