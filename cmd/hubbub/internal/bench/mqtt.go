package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// mqttWire is MQTT as a client speaks it, as far as a load needs it: 3.1.1, or 5 for
// those who are to come back, since only there a client can say where it goes on.
type mqttWire struct {
	load *Load
	name string // client id
	v5   bool
	from []byte // properties of a SUBSCRIBE that say where to go on

	next  uint16 // packet id
	asked []int  // rooms whose SUBACK has not come, of MQTT 5
	ack   [4]byte
}

// Types of packets, in the upper half of the first byte.
const (
	connect   = 0x10
	connack   = 0x20
	publish   = 0x30
	puback    = 0x40
	subscribe = 0x80
	suback    = 0x90
	goodbye   = 0xe0 // DISCONNECT
)

// userProperty begins a user property of MQTT 5.
const userProperty = 0x26

func (w *mqttWire) hello(dst []byte, _ int) []byte {
	const keepAlive = 0 // the load is its own sign of life
	w.asked = w.asked[:0]
	dst = append(dst, connect)
	dst = appendLength(dst, 10+w.properties(0)+2+len(w.name))
	dst = append(dst, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, keepAlive)
	if w.v5 {
		dst[len(dst)-4] = 5
		dst = append(dst, 0)
	}
	return appendString(dst, w.name)
}

// properties returns what so many bytes of properties take in a packet.
func (w *mqttWire) properties(n int) int {
	if !w.v5 {
		return 0
	}
	return 1 + n // which are fewer than 128
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
	p, err := w.take(b[0], body)
	if err != nil {
		n = 0
	}
	return p, n, err
}

// take takes the body of a packet apart.
func (w *mqttWire) take(first byte, body []byte) (packet, error) {
	switch first & 0xf0 {
	case connack:
		if len(body) < 2 || body[1] != 0 {
			return packet{}, fmt.Errorf("the broker refuses the connection: CONNACK %x", body)
		}
		return packet{kind: opened}, nil
	case suback:
		return w.scanSuback(body)
	case puback:
		if len(body) > 2 && body[2] >= 0x80 {
			return packet{kind: complained, body: fmt.Appendf(nil, "PUBACK %x", body)}, nil
		}
		return packet{kind: acked}, nil
	case publish:
		return w.scanPublish(first, body)
	case goodbye:
		return packet{kind: over, body: fmt.Appendf(nil, "DISCONNECT %x", body)}, nil
	}
	return packet{}, nil
}

func (w *mqttWire) scanPublish(first byte, body []byte) (packet, error) {
	if len(body) < 2 {
		return packet{}, errProtocol
	}
	at := 2 + int(binary.BigEndian.Uint16(body))
	var reply []byte
	if first&0x06 != 0 {
		if len(body) < at+2 {
			return packet{}, errProtocol
		}
		w.ack = [4]byte{puback, 2, body[at], body[at+1]}
		reply = w.ack[:]
		at += 2
	}
	if len(body) < at {
		return packet{}, errProtocol
	}
	_, body, ok := w.cutProperties(body[at:])
	if !ok {
		return packet{}, errProtocol
	}
	return packet{kind: kindOf(body), body: body, reply: reply}, nil
}

// scanSuback returns, of MQTT 5, what a hub says of the room in the form of its
// room.joined: where delivery begins, and whether that is where it was asked to.
func (w *mqttWire) scanSuback(body []byte) (packet, error) {
	if len(body) < 3 {
		return packet{}, errProtocol
	}
	props, codes, ok := w.cutProperties(body[2:])
	if !ok || len(codes) != 1 || codes[0] > 2 {
		return packet{}, fmt.Errorf("the broker refuses the subscription: SUBACK %x", body)
	}
	if !w.v5 || len(w.asked) == 0 {
		return packet{kind: joined}, nil
	}
	room := w.asked[0]
	w.asked = append(w.asked[:0], w.asked[1:]...)
	answer := fmt.Appendf(nil, `{"type":"room.joined","room":"%s%d","head":%s,"epoch":"%s"`,
		w.load.Prefix, room, userValue(props, "head"), userValue(props, "epoch"))
	if recovered := userValue(props, "recovered"); len(recovered) > 0 { // what it missed follows
		answer = fmt.Appendf(answer, `,"recovered":%s,"events":[]`, recovered)
	}
	return packet{kind: joined, body: append(answer, '}')}, nil
}

// cutProperties takes the properties off that b begins with, of MQTT 5.
func (w *mqttWire) cutProperties(b []byte) (props, rest []byte, ok bool) {
	if !w.v5 {
		return nil, b, true
	}
	size, n := binary.Uvarint(b) // the same form (MQTT 5, 1.5.5)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	return b[n : n+int(size)], b[n+int(size):], true
}

// userValue returns the value of a user property, nil where there is none.
func userValue(props []byte, name string) []byte {
	_, rest, found := bytes.Cut(props, appendString([]byte{userProperty}, name))
	if !found || len(rest) < 2 {
		return nil
	}
	end := 2 + int(binary.BigEndian.Uint16(rest))
	return rest[2:min(end, len(rest))]
}

// resume has the next SUBSCRIBE go on after the event of seq.
func (w *mqttWire) resume(seq int64, epoch string) {
	w.from = nil
	for _, p := range [][2]string{{"since", strconv.FormatInt(max(seq, 0), 10)}, {"epoch", epoch}} {
		if p[1] != "" {
			w.from = appendString(appendString(append(w.from, userProperty), p[0]), p[1])
		}
	}
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
	dst = appendLength(dst, 2+w.properties(len(w.from))+2+len(topic)+1)
	dst = binary.BigEndian.AppendUint16(dst, w.id())
	if w.v5 {
		w.asked = append(w.asked, room)
		dst = append(append(dst, byte(len(w.from))), w.from...)
	}
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
	size := 2 + len(topic) + w.properties(0) + len(text) + 2*w.load.QoS
	if len(ref) > 0 {
		size += len(a) + len(ref) + len(b) + len(c)
	}
	dst = append(dst, publish|byte(w.load.QoS)<<1)
	dst = appendLength(dst, size)
	dst = appendString(dst, topic)
	if w.load.QoS > 0 {
		dst = binary.BigEndian.AppendUint16(dst, w.id())
	}
	if w.v5 {
		dst = append(dst, 0)
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
