package mqtt

import (
	"sync"

	"github.com/mochi-mqtt/server/v2/packets"
)

// halfDone are the packet ids of a client's QoS 2 publishes until their PUBREL
// (MQTT 5, 4.3.3): a PUBLISH with one of them is the same message once more.
type halfDone struct {
	mu  sync.Mutex
	ids map[uint16]struct{}
}

// begin reports whether id is a new message's.
func (h *halfDone) begin(id uint16) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.ids[id]; known {
		return false
	}
	if h.ids == nil {
		h.ids = make(map[uint16]struct{})
	}
	h.ids[id] = struct{}{}
	return true
}

// end forgets id, and reports whether it was known.
func (h *halfDone) end(id uint16) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, known := h.ids[id]
	delete(h.ids, id)
	return known
}

func (h *halfDone) has(id uint16) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, known := h.ids[id]
	return known
}

func (h *halfDone) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ids)
}

// released answers a PUBREL (MQTT 5, 3.6) with a PUBCOMP.
func (s *session) released(pk *packets.Packet) {
	var ack *Ack
	if !s.exactly.end(pk.PacketID) {
		ack = refusal(packets.ErrPacketIdentifierNotFound, "")
	}
	s.writeSoon(s.peer.appendAck(nil, packetPubcomp, pk.PacketID, ack))
}
