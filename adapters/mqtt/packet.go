package mqtt

import (
	"encoding/binary"
	"slices"
)

// First bytes of the packets that are written here (MQTT 5, 2.1.2, 2.1.3).
const (
	packetConnack    = 0x20
	packetPublish    = 0x30
	packetPuback     = 0x40
	packetPubrec     = 0x50
	packetPubrel     = 0x62
	packetPubcomp    = 0x70
	packetDisconnect = 0xE0
)

// Properties that are written here (MQTT 5, 2.2.2.2).
const (
	propertyPayloadFormat = 0x01
	propertyExpiry        = 0x02
	propertyContentType   = 0x03
	propertyResponseTopic = 0x08
	propertyCorrelation   = 0x09
	propertyIdentifier    = 0x0B
	propertyReason        = 0x1F
	propertyUser          = 0x26
)

// appendLength appends n as a variable byte integer (MQTT 5, 1.5.5).
func appendLength(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

func lengthOf(n int) int {
	size := 1
	for n >>= 7; n > 0; n >>= 7 {
		size++
	}
	return size
}

// appendString appends s with its length (MQTT 5, 1.5.4), cut to what a length says.
func appendString(dst []byte, s string) []byte {
	s = s[:min(len(s), 0xFFFF)]
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(s))), s...)
}

func appendProperty(dst []byte, key, value string) []byte {
	return appendString(appendString(append(dst, propertyUser), key), value)
}

// appendReason appends a reason code and, as its only property, a Reason String.
func appendReason(dst []byte, reason byte, message string) []byte {
	dst = append(dst, reason)
	if message == "" {
		return append(dst, 0)
	}
	dst = appendLength(dst, 1+2+len(message))
	return appendString(append(dst, propertyReason), message)
}

func appendPacket(dst []byte, first byte, body []byte) []byte {
	return append(appendLength(append(dst, first), len(body)), body...)
}

// peer is what the packets to a client depend on.
type peer struct {
	v5        bool
	reasons   bool // it may be told Reason Strings (MQTT 5, 3.1.2.11.7)
	maxPacket int  // 0 is no limit
}

// appendAck appends a PUBACK, PUBREC or PUBCOMP (MQTT 5, 3.4). A nil ack is success.
func (p *peer) appendAck(dst []byte, first byte, id uint16, ack *Ack) []byte {
	if !p.v5 || ack == nil || ack.Reason == 0 {
		return binary.BigEndian.AppendUint16(append(dst, first, 2), id)
	}
	body := binary.BigEndian.AppendUint16(nil, id)
	return appendPacket(dst, first, p.appendReason(body, ack.Reason, ack.Message))
}

// appendReason leaves the Reason String out where the client asked for none or
// it makes the packet too large.
func (p *peer) appendReason(body []byte, reason byte, message string) []byte {
	if !p.reasons || p.maxPacket > 0 && len(body)+len(message)+10 > p.maxPacket {
		message = ""
	}
	return appendReason(body, reason, message)
}

// connack returns a CONNACK that refuses (MQTT 5, 3.2; 3.1.1, 3.2).
func (p *peer) connack(ack *Ack) []byte {
	if !p.v5 {
		return []byte{packetConnack, 2, 0, connackV3(ack.Reason)}
	}
	return appendPacket(nil, packetConnack, appendReason([]byte{0}, ack.Reason, ack.Message))
}

// disconnect returns a DISCONNECT (MQTT 5, 3.14), nil for 3.1.1, where a server
// has none.
func (p *peer) disconnect(reason byte, message string) []byte {
	if !p.v5 {
		return nil
	}
	return appendPacket(nil, packetDisconnect, p.appendReason(nil, reason, message))
}

// envelope is what the PUBLISH packets to one topic have in common.
type envelope struct {
	v5          bool
	topic       string
	qos         byte
	retain      bool
	identifiers []byte // properties, encoded; empty where there are none
}

// sizes returns the length of the properties, without their own length, and of
// what follows the fixed header.
func (v *envelope) sizes(props, payload []byte) (properties, remaining int) {
	remaining = 2 + len(v.topic) + len(payload)
	if v.qos > 0 {
		remaining += 2
	}
	if v.v5 {
		properties = len(props) + len(v.identifiers)
		remaining += lengthOf(properties) + properties
	}
	return properties, remaining
}

// fits reports whether the client takes a packet as large as this one; what does not
// fit it is not to have (MQTT 5, 3.1.2.11.4).
func (v *envelope) fits(to *peer, props, payload []byte) bool {
	return to.maxPacket == 0 || v.size(props, payload) <= to.maxPacket
}

// size returns how long a packet is.
func (v *envelope) size(props, payload []byte) int {
	_, remaining := v.sizes(props, payload)
	return 1 + lengthOf(remaining) + remaining
}

// append appends a PUBLISH (MQTT 5, 3.3) that is no duplicate.
func (v *envelope) append(dst []byte, id uint16, props, payload []byte) []byte {
	properties, remaining := v.sizes(props, payload)
	dst = slices.Grow(dst, 1+lengthOf(remaining)+remaining)
	first := packetPublish | v.qos<<1
	if v.retain {
		first |= 1
	}
	dst = appendLength(append(dst, first), remaining)
	dst = appendString(dst, v.topic)
	if v.qos > 0 {
		dst = binary.BigEndian.AppendUint16(dst, id)
	}
	if v.v5 {
		dst = appendLength(dst, properties)
		dst = append(append(dst, props...), v.identifiers...)
	}
	return append(dst, payload...)
}

// identifierProperty returns the Subscription Identifier (MQTT 5, 3.3.2.3.8).
func identifierProperty(id int) []byte {
	if id == 0 {
		return nil
	}
	return appendLength([]byte{propertyIdentifier}, id)
}
