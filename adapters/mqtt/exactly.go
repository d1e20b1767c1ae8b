package mqtt

import "github.com/mochi-mqtt/server/v2/packets"

// halfDone are the packet ids of a client's QoS 2 publishes between their
// PUBREC and its PUBREL (MQTT 3.1.1, 4.3.3, method A): a PUBLISH with one of
// them is the same message once more. The client's reader alone touches them.
//
// A server of MQTT 5 that cannot do QoS 2 says so; one of 3.1.1 has no word for
// it, so publishers of 3.1.1 are served. Nothing is delivered with QoS 2.
type halfDone map[uint16]struct{}

// begin reports whether id is a new message's.
func (h halfDone) begin(id uint16) bool {
	_, known := h[id]
	h[id] = struct{}{}
	return !known
}

// released answers a PUBREL (MQTT 3.1.1, 3.6) with a PUBCOMP.
func (s *session) released(pk *packets.Packet) {
	var ack *Ack
	if _, known := s.exactly[pk.PacketID]; !known {
		ack = refusal(packets.ErrPacketIdentifierNotFound, "")
	}
	delete(s.exactly, pk.PacketID)
	s.write(s.peer.appendAck(nil, packetPubcomp, pk.PacketID, ack))
}
