package mqtt

import (
	"sync"

	"hubbub/hub"
)

// reader is a client's reading of a room, in one of its formats, for all of the
// client's subscriptions that match the room's topics: it makes packets of the
// frames that the room has for it.
type reader struct {
	session *session
	at      spot
	ready   bool // it is given packets that are ready

	// The rest is guarded by the session's window.
	lanes  []lane      // of the topics that the client has subscribed to
	after  int64       // seq after which it goes on
	cursor *hub.Cursor // that offers frames
	turn   turn
	closed bool // another one reads in its place, or nobody does
}

// spot is what a reader reads: a room, in one of its formats.
type spot struct {
	room string
	text bool
}

// batches holds memory in which packets are made for one client after the other.
var (
	batches  = sync.Pool{New: func() any { return new([]byte) }}
	noHeader [maxFrameHeader]byte // its place, over WebSocket
)

const maxKept = 128 << 10 // bytes that memory for a batch may have to be used again

var (
	_ hub.Reader = (*reader)(nil)
	_ hub.Ender  = (*reader)(nil)
	_ hub.Closer = (*reader)(nil)
)

// Take implements [hub.Reader]: packets that are ready go as they are. Of other frames
// it packs as many as the client's window has places for into one piece of output. A frame that makes too large a packet
// for the client is passed over (MQTT 5, 3.1.2.11.4).
func (r *reader) Take(c *hub.Cursor, run []byte) int {
	w, out := &r.session.window, r.session.link.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.closed {
		return len(run)
	}
	r.cursor = c
	if w.held {
		w.wait(&r.turn)
		return 0
	}
	if r.ready {
		return out.Take(c, run)
	}
	if !out.Room(c) {
		return 0
	}
	mem := batches.Get().(*[]byte)
	batch := (*mem)[:0]
	batch = append(batch, noHeader[:]...)
	taken := 0
	for taken < len(run) {
		f, size := nextFrame(run[taken:])
		if v := r.envelope(&f); v != nil {
			var id uint16
			if v.qos > 0 {
				var ok bool
				if id, ok = w.next(v.qos); !ok {
					w.wait(&r.turn)
					break
				}
			}
			batch = v.append(batch, id, f.props, f.payload)
		}
		taken += size
	}
	if len(batch) > maxFrameHeader {
		r.send(c, batch)
	}
	if *mem = batch; cap(batch) <= maxKept {
		batches.Put(mem)
	}
	w.refill()
	return taken
}

// send writes a batch at once where the client reads nothing else, since the memory that
// it is in is used again then; else with what its other rooms have for it in this turn.
func (r *reader) send(c *hub.Cursor, batch []byte) {
	l := r.session.link
	if len(r.session.readers) == 1 {
		_ = l.sendNow(batch) // one that has ended is about to close its subscriptions
		return
	}
	_ = l.take(c, batch)
}

// EndSlow implements [hub.Ender].
func (r *reader) EndSlow() {
	r.session.endSlow(root + r.at.room)
}

// envelope returns what the frame goes out in, nil where the client is not to
// have it.
func (r *reader) envelope(f *frame) *envelope {
	var v *envelope
	for i := range r.lanes {
		if l := &r.lanes[i]; l.view == f.view {
			if v = &l.all; len(f.origin) > 0 && f.isFrom(r.session.scope.ID) {
				v = l.own
			}
		}
	}
	if v == nil {
		return nil
	}
	if f.seq == 0 && v.qos > 0 { // not of the log, so never sent again
		once := *v
		once.qos = 0
		v = &once
	}
	if !v.fits(&r.session.peer, f.props, f.payload) {
		return nil
	}
	return v
}
