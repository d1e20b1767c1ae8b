package mqtt

import (
	"encoding/binary"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Properties of a CONNECT, and of its will, beside those that are written here
// (MQTT 5, 2.2.2.2).
const (
	propertySessionExpiry  = 0x11
	propertyAuthMethod     = 0x15
	propertyAuthData       = 0x16
	propertyProblemInfo    = 0x17
	propertyWillDelay      = 0x18
	propertyResponseInfo   = 0x19
	propertyReceiveMaximum = 0x21
	propertyAliasMaximum   = 0x22
	propertyMaximumPacket  = 0x27
)

// checkHello says what is wrong with the properties of a CONNECT of MQTT 5 that mochi
// does not notice, since it keeps the last value of each: one that is there twice, and
// a value that is none (3.1.2.11, 3.1.3.2). b is the packet, of which mochi has found the
// rest to be as it should be.
func checkHello(b []byte) *Ack {
	c := cutter{b: b}
	c.cut(1)
	c.varint()
	c.string() // the protocol's name
	c.cut(1)
	flags := c.cut(1)
	c.cut(2)
	if wrong := checkProps(c.cut(c.varint())); wrong != nil {
		return wrong
	}
	c.string() // the client id
	if len(flags) > 0 && flags[0]&0x04 != 0 {
		return checkProps(c.cut(c.varint()))
	}
	return nil
}

func checkProps(props []byte) *Ack {
	var seen uint64
	for c := (cutter{b: props}); len(c.b) > 0; {
		id := c.cut(1)[0]
		var value []byte
		switch id {
		case propertyUser: // as often as it likes
			c.string()
			c.string()
			continue
		case propertyAuthMethod, propertyAuthData, propertyContentType, propertyResponseTopic, propertyCorrelation:
			c.string()
		case propertyProblemInfo, propertyResponseInfo, propertyPayloadFormat:
			value = c.cut(1)
		case propertyReceiveMaximum, propertyAliasMaximum:
			value = c.cut(2)
		case propertySessionExpiry, propertyMaximumPacket, propertyWillDelay, propertyExpiry:
			value = c.cut(4)
		default:
			return nil // mochi has said so
		}
		if seen&(1<<id) != 0 {
			return refusal(packets.ErrProtocolViolation, "A property of the CONNECT is there twice.")
		}
		seen |= 1 << id
		if wrong := checkProp(id, value); wrong != nil {
			return wrong
		}
	}
	return nil
}

func checkProp(id byte, value []byte) *Ack {
	n := 0
	for _, c := range value {
		n = n<<8 | int(c)
	}
	switch {
	case n == 0 && id == propertyReceiveMaximum:
		return refusal(packets.ErrProtocolViolation, "The Receive Maximum is at least 1.")
	case n == 0 && id == propertyMaximumPacket:
		return refusal(packets.ErrProtocolViolation, "The Maximum Packet Size is at least 1.")
	case n > 1 && (id == propertyProblemInfo || id == propertyResponseInfo || id == propertyPayloadFormat):
		return refusal(packets.ErrProtocolViolation, "A property of the CONNECT is neither 0 nor 1.")
	}
	return nil
}

// cutter takes a packet apart. What is cut short is empty from there on.
type cutter struct{ b []byte }

// cut returns the next n bytes; fewer where there are no more.
func (c *cutter) cut(n int) []byte {
	n = min(n, len(c.b))
	taken := c.b[:n]
	c.b = c.b[n:]
	return taken
}

func (c *cutter) string() {
	size := c.cut(2)
	if len(size) == 2 {
		c.cut(int(binary.BigEndian.Uint16(size)))
	}
}

// varint returns a variable byte integer (MQTT 5, 1.5.5).
func (c *cutter) varint() int {
	n, size := binary.Uvarint(c.b)
	c.cut(max(size, 0))
	return int(n & 0xFFF_FFFF)
}
