package mqtt

import (
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// reader is one subscription of a client to a topic below rooms/: it makes
// packets of the frames that the room has for it.
type reader struct {
	session *session
	tag     uint64 // of its mqtt.subscribe

	// The rest is guarded by the session's window.
	envelope
	noLocal bool
	seen    int64       // seq of the last frame taken
	cursor  *hub.Cursor // to be woken, while it waits
}

var (
	_ hub.Reader = (*reader)(nil)
	_ hub.Ender  = (*reader)(nil)
)

// Take implements [hub.Reader]: it packs as many frames as the client's window
// has places for into one piece of output. A frame that makes too large a packet
// for the client is passed over (MQTT 5, 3.1.2.11.4).
func (r *reader) Take(c *hub.Cursor, run []byte) int {
	w, out := &r.session.window, r.session.link.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held {
		w.wait(r, c)
		return 0
	}
	if !out.Room(c) {
		return 0
	}
	var batch []byte
	taken := 0
	for taken < len(run) {
		f, size := nextFrame(run[taken:])
		if r.wants(&f) {
			var id uint16
			if r.qos > 0 {
				var ok bool
				if id, ok = w.next(); !ok {
					w.wait(r, c)
					break
				}
			}
			if batch == nil {
				batch = make([]byte, 0, r.estimate(w, &f, len(run)-taken))
			}
			batch = r.append(batch, id, f.props, f.payload)
		}
		taken += size
		r.seen = f.seq
	}
	if len(batch) > 0 {
		_ = out.Send(batch) // one that has ended is about to close its subscriptions
	}
	w.refill()
	return taken
}

// EndSlow implements [hub.Ender].
func (r *reader) EndSlow() {
	r.session.hangUp(refusal(packets.ErrQuotaExceeded, hub.ErrSlow.Message), hub.ErrSlow)
}

func (r *reader) wants(f *frame) bool {
	if r.noLocal && f.isFrom(r.session.scope.ID) {
		return false
	}
	_, remaining := r.sizes(f.props, f.payload)
	limit := r.session.peer.maxPacket
	return limit == 0 || 1+lengthOf(remaining)+remaining <= limit
}

// estimate is what the packets of a run may take: in a window that is nearly
// full, much less than the run.
func (r *reader) estimate(w *window, first *frame, run int) int {
	if r.qos == 0 {
		return run
	}
	_, remaining := r.sizes(first.props, first.payload)
	return min(run, (w.size-len(w.out)+1)*(remaining+8))
}
