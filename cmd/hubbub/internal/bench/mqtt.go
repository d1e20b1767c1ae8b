package bench

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// mqttWire is MQTT 3.1.1 as a client speaks it, as far as a load needs it.
type mqttWire struct {
	load *Load
	name string // client id

	next uint16 // packet id
}

// Types of packets, in the upper half of the first byte.
const (
	connect   = 0x10
	connack   = 0x20
	publish   = 0x30
	puback    = 0x40
	subscribe = 0x80
	suback    = 0x90
)

func (w *mqttWire) hello(dst []byte, _ int) []byte {
	const keepAlive = 0 // the load is its own sign of life
	dst = append(dst, connect)
	dst = appendLength(dst, 10+2+len(w.name))
	dst = append(dst, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, keepAlive)
	return appendString(dst, w.name)
}

func (w *mqttWire) scan(b []byte) (packet, int, error) {
	size, head := lengthAt(b)
	if head == 0 || len(b) < head+size {
		if head == 0 && len(b) > 5 || size > maxPacket {
			return packet{}, 0, errProtocol
		}
		return packet{}, 0, nil
	}
	n, body := head+size, b[head:head+size]
	switch b[0] & 0xf0 {
	case connack:
		if size != 2 || body[1] != 0 {
			return packet{}, 0, fmt.Errorf("the broker refuses the connection: CONNACK %x", body)
		}
		return packet{kind: opened}, n, nil
	case suback:
		if size != 3 || body[2] > 2 {
			return packet{}, 0, fmt.Errorf("the broker refuses the subscription: SUBACK %x", body)
		}
		return packet{kind: joined}, n, nil
	case puback:
		return packet{kind: acked}, n, nil
	case publish:
		p, err := scanPublish(b[0], body)
		if err != nil {
			n = 0
		}
		return p, n, err
	}
	return packet{}, n, nil
}

func scanPublish(first byte, body []byte) (packet, error) {
	if len(body) < 2 {
		return packet{}, errProtocol
	}
	at := 2 + int(binary.BigEndian.Uint16(body))
	var reply []byte
	if first&0x06 != 0 {
		if len(body) < at+2 {
			return packet{}, errProtocol
		}
		reply = []byte{puback, 2, body[at], body[at+1]}
		at += 2
	}
	if len(body) < at {
		return packet{}, errProtocol
	}
	return packet{kind: kindOf(body[at:]), body: body[at:], reply: reply}, nil
}

func (w *mqttWire) id() uint16 {
	if w.next++; w.next == 0 {
		w.next = 1
	}
	return w.next
}

func (w *mqttWire) join(dst []byte, room int) []byte {
	topic := w.topic(room)
	dst = append(dst, subscribe|2)
	dst = appendLength(dst, 2+2+len(topic)+1)
	dst = binary.BigEndian.AppendUint16(dst, w.id())
	dst = appendString(dst, topic)
	return append(dst, byte(w.load.QoS))
}

func (w *mqttWire) topic(room int) string {
	return "rooms/" + w.load.Prefix + strconv.Itoa(room)
}

// publish appends a PUBLISH: the plain text or, with a ref, the command as JSON.
func (w *mqttWire) publish(dst []byte, room int, ref, text []byte) []byte {
	const a, b, c = `{"ref":"`, `","text":"`, `"}`
	topic := w.topic(room)
	size := 2 + len(topic) + len(text) + 2*w.load.QoS
	if len(ref) > 0 {
		size += len(a) + len(ref) + len(b) + len(c)
	}
	dst = append(dst, publish|byte(w.load.QoS)<<1)
	dst = appendLength(dst, size)
	dst = appendString(dst, topic)
	if w.load.QoS > 0 {
		dst = binary.BigEndian.AppendUint16(dst, w.id())
	}
	if len(ref) == 0 {
		return append(dst, text...)
	}
	dst = append(append(dst, a...), ref...)
	dst = append(append(dst, b...), text...)
	return append(dst, c...)
}

func appendString(dst []byte, s string) []byte {
	return append(append(dst, byte(len(s)>>8), byte(len(s))), s...)
}

// appendLength appends a remaining length (MQTT 3.1.1, 2.2.3).
func appendLength(dst []byte, n int) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// lengthAt returns the remaining length of the packet at b, and the size of its
// head; 0 where it has not come.
func lengthAt(b []byte) (size, head int) {
	for i := 1; i < len(b) && i < 5; i++ {
		size |= int(b[i]&0x7f) << (7 * (i - 1))
		if b[i]&0x80 == 0 {
			return size, i + 1
		}
	}
	return 0, 0
}
