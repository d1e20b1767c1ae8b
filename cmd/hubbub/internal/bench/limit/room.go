package limit

import (
	"slices"
	"strconv"
	"sync"
	"time"
)

// What stands in an event where a hub has what it knows.
const (
	anID  = "01m8qk7c1x9v3w5y7z0a2b4c6d"
	aTime = "2026-11-22T12:04:05.006Z"
)

// listener is a connection that listens to rooms.
type listener interface{ write(b []byte) }

// group is those who listen in one protocol, and what is pending for them.
type group struct {
	listeners []listener
	pending   []byte
	spare     []byte
}

type room struct {
	name         string
	begin, after []byte // of an event, around its seq

	mu      sync.Mutex
	seq     int64
	events  int // pending
	dirty   bool
	flushed time.Time
	sockets group
	mqtt    group
	topic   []byte // of its MQTT packets, with its length
}

func newRoom(name string) *room {
	topic := "rooms/" + name
	return &room{
		name:  name,
		begin: []byte(`{"type":"chat.received_message","room":"` + name + `","id":"` + anID + `","seq":`),
		after: []byte(`,"at":"` + aTime + `","from":{"id":"` + anID + `","name":"bench0","kind":"guest","via":"websocket"},"text":"`),
		topic: append([]byte{byte(len(topic) >> 8), byte(len(topic))}, topic...),
	}
}

// join returns the seq of the newest event.
func (r *room) join(l listener) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groupOf(l)
	g.listeners = append(slices.Clip(g.listeners), l)
	return strconv.FormatInt(r.seq, 10)
}

func (r *room) leave(l listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groupOf(l)
	if i := slices.Index(g.listeners, l); i >= 0 {
		g.listeners = slices.Concat(g.listeners[:i], g.listeners[i+1:])
	}
}

func (r *room) groupOf(l listener) *group {
	if _, ok := l.(*client); ok {
		return &r.mqtt
	}
	return &r.sockets
}

// add makes an event of text, once for each protocol. It reports whether the
// flusher is to be told of the room, and how many events are pending.
func (r *room) add(text []byte) (fresh bool, events int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	var number [20]byte
	seq := strconv.AppendInt(number[:0], r.seq, 10)
	size := len(r.begin) + len(seq) + len(r.after) + len(text) + len(`"}`)
	event := func(dst []byte) []byte {
		dst = append(append(append(dst, r.begin...), seq...), r.after...)
		return append(append(dst, text...), `"}`...)
	}
	if len(r.sockets.listeners) > 0 {
		r.sockets.pending = event(appendHead(r.sockets.pending, size))
	}
	if len(r.mqtt.listeners) > 0 {
		head := appendLength(append(r.mqtt.pending, publish), len(r.topic)+size)
		r.mqtt.pending = event(append(head, r.topic...))
	}
	r.events++
	fresh, r.dirty = !r.dirty, true
	return fresh, r.events
}

// flush writes what is pending to all who listen, each in one call. The flusher
// alone calls it.
func (r *room) flush(now time.Time) {
	r.mu.Lock()
	sockets, mqtt := r.sockets, r.mqtt
	for _, g := range []*group{&r.sockets, &r.mqtt} {
		g.pending, g.spare = g.spare[:0], nil
	}
	r.events, r.dirty, r.flushed = 0, false, now
	r.mu.Unlock()
	for _, g := range []group{sockets, mqtt} {
		if len(g.pending) == 0 {
			continue
		}
		for _, l := range g.listeners {
			l.write(g.pending)
		}
	}
	r.mu.Lock()
	r.sockets.spare, r.mqtt.spare = sockets.pending, mqtt.pending
	r.mu.Unlock()
}
