package mqtt

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"github.com/mochi-mqtt/server/v2/packets"
)

// window is what a client may owe acknowledgements for, of all that is delivered to
// it, from rooms and from ordinary topics; and who waits for a place in it. Its lock
// is held while anything is delivered.
//
// Packet ids to the client are ours alone: mochi delivers nothing.
type window struct {
	mu      sync.Mutex
	size    int              // ids that may be out
	out     map[uint16]stage // ids that are
	last    uint16           // given
	held    bool             // nobody is delivered to
	late    [][]byte         // packets that go out when it is held no more
	waiting []*turn          // in the order in which they were refused, each once

	// shared are messages at QoS 1, by id, which others are to have that share the
	// subscription when the client goes before it has acknowledged them. They are kept
	// beside what waits for it: no more than the window has places.
	shared map[uint16]copyOf
}

// stage is how far a message is on its way to a client.
type stage byte

const (
	once     stage = 1 // at QoS 1, until its PUBACK
	exact    stage = 2 // at QoS 2, until its PUBREC
	released stage = 3 // and then until its PUBCOMP
)

// turn is the place in line of one that has something for which there was no room.
type turn struct {
	come  func() // it is its turn; called with the window's lock
	waits bool   // it is in line; guarded by that
}

// hold stops delivery until [window.release]: when it returns, none is under way.
func (w *window) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = true
}

// release lets delivery go on, and has send take what waited for it.
func (w *window) release(send func([]byte)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held {
		w.held = false
		for _, b := range w.late {
			send(b)
		}
		w.late = nil
		w.wake(len(w.waiting))
	}
}

// next returns an id for a message at QoS 1 or 2, and false where the window is
// full. It is called with the lock.
func (w *window) next(qos byte) (uint16, bool) {
	if len(w.out) >= w.size {
		return 0, false
	}
	if w.out == nil {
		w.out = make(map[uint16]stage)
	}
	for {
		w.last = max(w.last+1, 1) // 0 is no id
		if _, taken := w.out[w.last]; !taken {
			w.out[w.last] = stage(qos)
			return w.last, true
		}
	}
}

// acknowledge takes a PUBACK, which frees the id, and reports whether it was out.
func (w *window) acknowledge(id uint16) bool { return w.free(id, once) }

// acknowledgeAll takes the PUBACKs that b begins with, as far as they are whole and say
// no more than their ids, and returns how many bytes they are.
func (w *window) acknowledgeAll(b []byte) int {
	n := 0
	for len(b)-n >= 4 && b[n] == packetPuback && b[n+1] == 2 {
		n += 4
	}
	if n == 0 {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for at := 0; at < n; at += 4 {
		w.settle(binary.BigEndian.Uint16(b[at+2:]), once)
	}
	w.refill()
	return n
}

// complete takes a PUBCOMP, which frees the id.
func (w *window) complete(id uint16) bool { return w.free(id, released) }

// receive takes a PUBREC, and reports whether the id is out at QoS 2: its message is
// to be released then, unless the PUBREC refuses it, which frees the id (MQTT 5,
// 4.3.3, 4.9).
func (w *window) receive(id uint16, refused bool) bool {
	if refused {
		return w.free(id, exact)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.out[id] {
	case exact, released:
		w.out[id] = released
		return true
	}
	return false
}

func (w *window) free(id uint16, at stage) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.settle(id, at) {
		return false
	}
	w.refill()
	return true
}

// settle frees an id that is at a stage. It is called with the lock.
func (w *window) settle(id uint16, at stage) bool {
	if w.out[id] != at {
		return false
	}
	delete(w.out, id)
	delete(w.shared, id)
	return true
}

// share notes that others are to have c, which goes out under id, when the client does
// not acknowledge it. It is called with the lock.
func (w *window) share(id uint16, c *copyOf) {
	if w.shared == nil {
		w.shared = make(map[uint16]copyOf)
	}
	w.shared[id] = *c
}

// unshared returns what was noted so, the oldest first. It is called with the lock.
func (w *window) unshared() []copyOf {
	ids := slices.SortedFunc(maps.Keys(w.shared), func(a, b uint16) int {
		return cmp.Compare(a-w.last-1, b-w.last-1) // they are given in turn, around 65,535
	})
	copies := make([]copyOf, 0, len(ids))
	for _, id := range ids {
		copies = append(copies, w.shared[id])
	}
	w.shared = nil
	return copies
}

// wait puts t in line for when there is a place. It is called with the lock.
func (w *window) wait(t *turn) {
	if !t.waits {
		t.waits = true
		w.waiting = append(w.waiting, t)
	}
}

// refill wakes those that wait, in turn, once half of the window is free: a
// packet for every acknowledgement would be a run through the room for each. It is
// called with the lock.
func (w *window) refill() {
	if free := w.size - len(w.out); !w.held && 2*free >= w.size {
		w.wake(min(free, len(w.waiting)))
	}
}

// wake has the first n of the line come. They may get in line again.
func (w *window) wake(n int) {
	first := slices.Clone(w.waiting[:n])
	w.waiting = slices.Delete(w.waiting, 0, n)
	for _, t := range first {
		t.waits = false
	}
	for _, t := range first {
		t.come()
	}
}

// leave takes t out of the line, and gives its turn to another: also one that it was
// given, and has not used. It is called with the lock.
func (w *window) leave(t *turn) {
	if t.waits {
		w.waiting = slices.DeleteFunc(w.waiting, func(other *turn) bool { return other == t })
		t.waits = false
		t.come() // it takes all that it is offered from now on
	}
	w.refill()
}

// short takes what clients send most, acknowledgements, without mochi.
func (s *session) short(come []byte) int {
	if !s.established || s.hungUp() {
		return 0
	}
	n := s.window.acknowledgeAll(come)
	if n > 0 {
		s.link.alive()
	}
	return n
}

// received answers a PUBREC with a PUBREL (MQTT 5, 3.6).
func (s *session) received(pk *packets.Packet) {
	var ack *Ack
	refused := s.peer.v5 && pk.ReasonCode >= packets.ErrUnspecifiedError.Code
	if known := s.window.receive(pk.PacketID, refused); refused {
		return
	} else if !known {
		ack = refusal(packets.ErrPacketIdentifierNotFound, "")
	}
	s.writeSoon(s.peer.appendAck(nil, packetPubrel, pk.PacketID, ack))
}
