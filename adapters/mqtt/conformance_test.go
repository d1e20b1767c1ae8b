package mqtt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Packets as bytes, so that they can be wrong in ways that a library would not let them be.

// field is a string or binary data with its length (MQTT 5, 1.5.4, 1.5.6).
func field(s string) string { return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s }

// props are properties with their length, where the version has any.
func props(v byte, all ...string) string {
	if v < 5 {
		return ""
	}
	s := strings.Join(all, "")
	return string(appendLength(nil, len(s))) + s
}

func raw(first byte, body ...string) []byte {
	return appendPacket(nil, first, []byte(strings.Join(body, "")))
}

// hello is a CONNECT with clean start 1 and the other flags given.
func hello(v, flags byte, properties string, payload ...string) []byte {
	return raw(0x10, field("MQTT"), string([]byte{v, flags | 2, 0, 60}), properties, strings.Join(payload, ""))
}

var both = []byte{4, 5}

// Each CONNECT gets the CONNACK of its version, or none (3.1.1 has no words for most
// of what is wrong): MQTT 5, 3.1 and 3.2; 3.1.1 the same.
func TestConformanceOfConnects(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	const none = 0xFF // the connection ends without one
	for _, c := range []struct {
		says     string
		packet   func(v byte) []byte
		four, to byte // 3.1.1, 5
	}{
		{"a plain one", func(v byte) []byte { return hello(v, 0, props(v), field("c")) }, 0, 0},
		{"an empty id is given one (3.1.3-6)", func(v byte) []byte { return hello(v, 0, props(v), field("")) }, 0, 0},
		{"an empty id with a session that lasts (3.1.1, 3.1.3-8)", func(v byte) []byte {
			return raw(0x10, field("MQTT"), string([]byte{v, 0, 0, 60}), props(v), field(""))
		}, 2, 0},
		{"another protocol (3.1.2-1)", func(v byte) []byte {
			return raw(0x10, field("MQTX"), string([]byte{v, 2, 0, 60}), props(v), field("c"))
		}, none, 0x82},
		{"another version (3.1.2-2)", func(byte) []byte {
			return raw(0x10, field("MQTT"), string([]byte{6, 2, 0, 60, 0}), field("c"))
		}, 1, 1},
		{"the reserved flag (3.1.2-3)", func(v byte) []byte { return hello(v, 1, props(v), field("c")) }, none, 0x82},
		{"flags of the fixed header (2.1.3-1)", func(v byte) []byte {
			return append([]byte{0x11}, hello(v, 0, props(v), field("c"))[1:]...)
		}, none, none},
		{"a will at QoS 3 (3.1.2-12)", func(v byte) []byte {
			return hello(v, 0x1C, props(v), field("c"), props(v), field("a"), field("x"))
		}, none, 0x82},
		{"the QoS of no will (3.1.2-11)", func(v byte) []byte { return hello(v, 0x08, props(v), field("c")) }, none, 0x82},
		{"retained, and no will (3.1.2-13)", func(v byte) []byte { return hello(v, 0x20, props(v), field("c")) }, none, 0x82},
		{"a will without a payload", func(v byte) []byte {
			return hello(v, 0x04, props(v), field("c"), props(v), field("a"), field(""))
		}, 0, 0},
		{"a property of a will twice (3.1.3.2)", func(v byte) []byte {
			return hello(v, 0x04, props(v), field("c"), props(v, "\x18\x00\x00\x00\x01\x18\x00\x00\x00\x01"), field("a"), field("x"))
		}, 0, 0x82},
		{"a will at QoS 2", func(v byte) []byte {
			return hello(v, 0x14, props(v), field("c"), props(v), field("a"), field("x"))
		}, 0, 0},
		{"a will to all topics", func(v byte) []byte {
			return hello(v, 0x04, props(v), field("c"), props(v), field("a/#"), field("x"))
		}, 5, 0x90},
		{"a will to the server's topics", func(v byte) []byte {
			return hello(v, 0x04, props(v), field("c"), props(v), field("$SYS/x"), field("x"))
		}, 5, 0x87},
		{"a will to no room's topic", func(v byte) []byte {
			return hello(v, 0x04, props(v), field("c"), props(v), field("rooms/Lobby"), field("x"))
		}, 5, 0x90},
		{"an empty password", func(v byte) []byte { return hello(v, 0xC0, props(v), field("c"), field("ada"), field("")) }, 0, 0},
		{"an id that is no UTF-8 (1.5.4-1)", func(v byte) []byte { return hello(v, 0, props(v), field("\xff")) }, none, none},
		{"an id with U+0000 (1.5.4-2)", func(v byte) []byte { return hello(v, 0, props(v), field("a\x00b")) }, none, none},
		{"an id with a control character", func(v byte) []byte { return hello(v, 0, props(v), field("a\nb")) }, 2, 0x85},
		{"a name with a control character", func(v byte) []byte { return hello(v, 0x80, props(v), field("c"), field("a\nb")) }, 4, 0x86},
		{"a packet that ends too early", func(byte) []byte { return raw(0x10, field("MQTT"), "\x04\x02") }, none, none},
		{"no CONNECT (3.1.0-1)", func(v byte) []byte { return raw(0x30, field("a"), props(v), "x") }, none, none},
	} {
		for _, v := range both {
			want := c.four
			if v == 5 {
				want = c.to
			}
			t.Run(fmt.Sprintf("%s, version %d", c.says, v), func(t *testing.T) {
				cl := r.open(t)
				if cl.v = v; strings.HasPrefix(c.says, "another version") {
					cl.v = 4
				}
				if _, err := cl.conn.Write(c.packet(v)); err != nil {
					t.Fatal(err)
				}
				cl.expectConnack(want, none)
			})
		}
	}
	for _, c := range []struct {
		says, properties string
		reason           byte
	}{
		{"a property of other packets", "\x23\x00\x01", none},
		{"a property that is none", "\x7f\x00", none},
		{"an authentication that is not known (4.12-1)", "\x15" + field("SCRAM"), 0x8C},
		{"topic aliases of the client's", "\x22\x00\x0a", 0},
		{"a session that lasts", "\x11\x00\x00\x0e\x10", 0},
		{"a Receive Maximum of 1", "\x21\x00\x01", 0},
		{"a Receive Maximum of 0 (3.1.2.11.3)", "\x21\x00\x00", 0x82},
		{"a Maximum Packet Size of 0 (3.1.2.11.4)", "\x27\x00\x00\x00\x00", 0x82},
		{"problem information that is 2 (3.1.2.11.7)", "\x17\x02", 0x82},
		{"a property twice (3.1.2.11)", "\x21\x00\x05\x27\x00\x01\x00\x00\x21\x00\x05", 0x82},
		{"a string twice", "\x15" + field("a") + "\x15" + field("a"), 0x8C},
		{"user properties, as many as there are (3.1.2.11.8)", strings.Repeat("\x26"+field("a")+field("b"), 5), 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			cl := r.open(t)
			cl.v = 5
			if _, err := cl.conn.Write(hello(5, 0, props(5, c.properties), field("c"))); err != nil {
				t.Fatal(err)
			}
			cl.expectConnack(c.reason, none)
		})
	}
}

func (c *client) expectConnack(want, none byte) {
	c.t.Helper()
	pk, err := c.read()
	got := pk.ReasonCode
	if err != nil {
		got = none
	} else if pk.FixedHeader.Type != packets.Connack {
		c.t.Fatalf("read %s", packets.PacketNames[pk.FixedHeader.Type])
	}
	if got != want {
		c.t.Errorf("CONNACK %#x; want %#x", got, want)
	}
	switch {
	case pk.SessionPresent:
		c.t.Error("a session is present")
	case got == 0:
		c.quiet()
	default:
		if rest := c.ended(); len(rest) > 0 {
			c.t.Errorf("after it: %d packets", len(rest))
		}
	}
}

// What is wrong with a packet ends the connection (4.13), in MQTT 5 with a DISCONNECT
// that says why: of what is malformed mochi says now and then that it is a protocol
// error.
func TestConformanceOfWrongPackets(t *testing.T) {
	t.Parallel()
	r := start(t, Options{MaxPacket: 1000})
	for _, c := range []struct {
		says   string
		in     []byte // versions
		packet func(v byte) []byte
		reason byte
	}{
		{"a second CONNECT (3.1.0-2)", both, func(v byte) []byte { return hello(v, 0, props(v), field("c")) }, 0x82},
		{"a packet of type 0", both, func(byte) []byte { return raw(0x00) }, 0x81},
		{"CONNACK is the server's", both, func(v byte) []byte { return raw(0x20, "\x00\x00", props(v)) }, 0x82},
		{"PINGRESP is the server's", both, func(byte) []byte { return raw(0xD0) }, 0x82},
		{"SUBACK is the server's", both, func(v byte) []byte { return raw(0x90, "\x00\x01", props(v), "\x00") }, 0x82},
		{"AUTH is not begun (4.12)", []byte{5}, func(byte) []byte { return raw(0xF0, "\x18", props(5, "\x15"+field("x"))) }, 0x82},
		{"AUTH is none of 3.1.1", []byte{4}, func(byte) []byte { return raw(0xF0) }, 0},
		{"a length of five bytes (1.5.5)", both, func(byte) []byte { return []byte{0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01} }, 0x81},
		{"a packet that is too large (3.2.2.3.6)", both, func(v byte) []byte {
			return raw(0x30, field("a"), props(v), strings.Repeat("x", 1000))
		}, 0x95},

		{"PUBLISH at QoS 3 (3.3.1-4)", both, func(v byte) []byte { return raw(0x36, field("a"), "\x00\x01", props(v), "x") }, 0x82},
		{"DUP at QoS 0 (3.3.1-2)", both, func(v byte) []byte { return raw(0x38, field("a"), props(v), "x") }, 0x82},
		{"a topic with + (3.3.2-2)", both, func(v byte) []byte { return raw(0x30, field("a/+"), props(v), "x") }, 0x82},
		{"no topic (4.7.3-1)", both, func(v byte) []byte { return raw(0x30, field(""), props(v), "x") }, 0x82},
		{"packet id 0 (2.2.1-3)", both, func(v byte) []byte { return raw(0x32, field("a"), "\x00\x00", props(v), "x") }, 0x82},
		{"a topic that is no UTF-8 (1.5.4-1)", both, func(v byte) []byte { return raw(0x30, field("\xc0\xaf"), props(v), "x") }, 0x81},
		{"a topic with U+0000 (1.5.4-2)", both, func(v byte) []byte { return raw(0x30, field("a\x00"), props(v), "x") }, 0x81},
		{"a topic with a surrogate (1.5.4-1)", both, func(v byte) []byte { return raw(0x30, field("\xed\xa0\x80"), props(v), "x") }, 0x81},
		{"a topic alias (3.3.2.3.4)", []byte{5}, func(byte) []byte { return raw(0x30, field("a"), props(5, "\x23\x00\x01"), "x") }, 0x94},
		{"topic alias 0", []byte{5}, func(byte) []byte { return raw(0x30, field("a"), props(5, "\x23\x00\x00"), "x") }, 0x94},
		{"a subscription identifier (3.3.4-6)", []byte{5}, func(byte) []byte { return raw(0x30, field("a"), props(5, "\x0b\x01"), "x") }, 0x82},
		{"a response topic with a wildcard (3.3.2-14)", []byte{5}, func(byte) []byte { return raw(0x30, field("a"), props(5, "\x08"+field("b/#")), "x") }, 0x82},
		{"properties that end too early", []byte{5}, func(byte) []byte { return raw(0x30, field("a"), "\x05\x08") }, 0x81},
		{"PUBREL without its flags (3.6.1-1)", both, func(byte) []byte { return raw(0x60, "\x00\x01") }, 0x81},
		{"PUBACK that ends too early", both, func(byte) []byte { return raw(0x40, "\x00") }, 0x81},

		{"SUBSCRIBE without its flags (3.8.1-1)", both, func(v byte) []byte { return raw(0x80, "\x00\x01", props(v), field("a"), "\x00") }, 0x81},
		{"SUBSCRIBE with packet id 0", both, func(v byte) []byte { return raw(0x82, "\x00\x00", props(v), field("a"), "\x00") }, 0x82},
		{"no filter (3.8.3-2)", both, func(v byte) []byte { return raw(0x82, "\x00\x01", props(v)) }, 0x82},
		{"QoS 3 (3.8.3-4)", both, func(v byte) []byte { return raw(0x82, "\x00\x01", props(v), field("a"), "\x03") }, 0x82},
		{"a filter without options", both, func(v byte) []byte { return raw(0x82, "\x00\x01", props(v), field("a")) }, 0x81},
		{"a filter that is no UTF-8", both, func(v byte) []byte { return raw(0x82, "\x00\x01", props(v), field("\xff"), "\x00") }, 0x81},
		{"retain handling 3 (3.8.3.1)", []byte{5}, func(byte) []byte { return raw(0x82, "\x00\x01", props(5), field("a"), "\x30") }, 0x82},
		{"shared and No Local (3.8.3-4)", []byte{5}, func(byte) []byte { return raw(0x82, "\x00\x01", props(5), field("$share/g/a"), "\x04") }, 0x82},
		{"subscription identifier 0 (3.8.2.1.2)", []byte{5}, func(byte) []byte { return raw(0x82, "\x00\x01", props(5, "\x0b\x00"), field("a"), "\x00") }, 0x82},
		{"two subscription identifiers", []byte{5}, func(byte) []byte { return raw(0x82, "\x00\x01", props(5, "\x0b\x01\x0b\x02"), field("a"), "\x00") }, 0x82},
		{"UNSUBSCRIBE without its flags (3.10.1-1)", both, func(v byte) []byte { return raw(0xA0, "\x00\x01", props(v), field("a")) }, 0x81},
		{"UNSUBSCRIBE of nothing (3.10.3-2)", both, func(v byte) []byte { return raw(0xA2, "\x00\x01", props(v)) }, 0x82},
		{"DISCONNECT with flags (3.14.1-1)", both, func(byte) []byte { return raw(0xE1) }, 0x81},
		{"a session that is to last after all (3.14.2.2.2)", []byte{5}, func(byte) []byte { return raw(0xE0, "\x00", props(5, "\x11\x00\x00\x00\x01")) }, 0x82},
	} {
		for _, v := range c.in {
			t.Run(fmt.Sprintf("%s, version %d", c.says, v), func(t *testing.T) {
				cl := r.connect(t, v, "")
				if _, err := cl.conn.Write(c.packet(v)); err != nil {
					t.Fatal(err)
				}
				rest := cl.ended()
				switch {
				case v == 4 && len(rest) > 0:
					t.Errorf("the end is %d packets: %s", len(rest), packets.PacketNames[rest[0].FixedHeader.Type])
				case v == 5 && (len(rest) != 1 || rest[0].FixedHeader.Type != packets.Disconnect || rest[0].ReasonCode != c.reason):
					var got []string
					for _, pk := range rest {
						got = append(got, fmt.Sprintf("%s %#x", packets.PacketNames[pk.FixedHeader.Type], pk.ReasonCode))
					}
					t.Errorf("the end is %q; want DISCONNECT %#x", got, c.reason)
				}
			})
		}
	}
}

// What is asked and answered, byte by byte.
func TestConformanceOfAnswers(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, c := range []struct {
		says      string
		in        []byte
		ask, want func(v byte) []byte
	}{
		{"PINGREQ (3.12.4-1)", both, func(byte) []byte { return raw(0xC0) }, func(byte) []byte { return raw(0xD0) }},
		{"a PUBACK of nothing is passed over", both, func(byte) []byte { return append(raw(0x40, "\x00\x07"), raw(0xC0)...) }, func(byte) []byte { return raw(0xD0) }},
		{"a PUBCOMP of nothing is passed over", both, func(byte) []byte { return append(raw(0x70, "\x00\x07"), raw(0xC0)...) }, func(byte) []byte { return raw(0xD0) }},
		{"a PUBREL of nothing (3.7)", []byte{5}, func(byte) []byte { return raw(0x62, "\x00\x07") }, func(byte) []byte { return raw(0x70, "\x00\x07\x92\x00") }},
		{"a PUBREL of nothing, in 3.1.1 (3.7)", []byte{4}, func(byte) []byte { return raw(0x62, "\x00\x07") }, func(byte) []byte { return raw(0x70, "\x00\x07") }},
		{"a PUBREC of nothing (3.6)", []byte{5}, func(byte) []byte { return raw(0x50, "\x00\x07") }, func(byte) []byte { return raw(0x62, "\x00\x07\x92\x00") }},
		{"reason codes in the order of the filters (3.8.4-6)", []byte{5}, func(byte) []byte {
			return raw(0x82, "\x00\x01", props(5), field("a"), "\x02", field("b#"), "\x00", field("$SYS/#"), "\x00", field("c"), "\x01", field("$share/g/d"), "\x00")
		}, func(byte) []byte { return raw(0x90, "\x00\x01\x00\x02\x8f\x87\x01\x00") }},
		{"and in 3.1.1 (3.9.3)", []byte{4}, func(byte) []byte {
			return raw(0x82, "\x00\x01", field("a"), "\x02", field("b#"), "\x00", field("c"), "\x01")
		}, func(byte) []byte { return raw(0x90, "\x00\x01\x02\x80\x01") }},
		{"UNSUBSCRIBE of what is not there (3.11.3)", []byte{5}, func(byte) []byte {
			return raw(0xA2, "\x00\x02", props(5), field("a"), field("nothing"), field("rooms/lobby"))
		}, func(byte) []byte { return raw(0xB0, "\x00\x02\x00\x00\x11\x11") }},
		{"UNSUBACK has no codes in 3.1.1 (3.11)", []byte{4}, func(byte) []byte { return raw(0xA2, "\x00\x02", field("nothing")) }, func(byte) []byte { return raw(0xB0, "\x00\x02") }},
		{"QoS 1 (4.3.2)", both, func(v byte) []byte { return raw(0x32, field("a"), "\x00\x09", props(v), "x") }, func(v byte) []byte {
			if v == 5 {
				return raw(0x40, "\x00\x09\x10\x00") // nobody has subscribed
			}
			return raw(0x40, "\x00\x09")
		}},
		{"QoS 1, sent again (3.3.1-1)", both, func(v byte) []byte { return raw(0x3A, field("rooms/dup"), "\x00\x09", props(v), "x") }, func(byte) []byte { return raw(0x40, "\x00\x09") }},
		{"QoS 2 (4.3.3)", both, func(v byte) []byte { return raw(0x34, field("rooms/two"), "\x00\x09", props(v), "x") }, func(byte) []byte { return raw(0x50, "\x00\x09") }},
		{"PUBREL (4.3.3)", both, func(byte) []byte { return raw(0x62, "\x00\x09") }, func(byte) []byte { return raw(0x70, "\x00\x09") }},
		{"a topic with a control character", []byte{5}, func(byte) []byte {
			return raw(0x32, field("a\x01"), "\x00\x09", props(5, "\x26"+field("k")+field("v")), "x")
		}, nil},
	} {
		for _, v := range c.in {
			t.Run(fmt.Sprintf("%s, version %d", c.says, v), func(t *testing.T) {
				cl := r.connect(t, v, "")
				if c.says == "PUBREL (4.3.3)" {
					cl.publish("a", "x", 2, 9)
					cl.expect(packets.Pubrec)
				} else if strings.HasPrefix(c.says, "UNSUBSCRIBE of what") {
					cl.granted(1, "a", 0)
				}
				if _, err := cl.conn.Write(c.ask(v)); err != nil {
					t.Fatal(err)
				}
				if c.want == nil {
					if ack := cl.expect(packets.Puback); ack.ReasonCode != packets.ErrTopicNameInvalid.Code || len(ack.Properties.User) > 0 {
						t.Errorf("PUBACK %#x with %+v", ack.ReasonCode, ack.Properties.User)
					}
					return
				}
				cl.quietly(c.want(v))
			})
		}
	}
}

// quietly fails unless these bytes come, and nothing after them.
func (c *client) quietly(want []byte) {
	c.t.Helper()
	got := make([]byte, len(want))
	for at := 0; at < len(got); {
		n, err := c.in.Read(got[at:])
		if err != nil {
			c.t.Fatalf("after % x: %v; want % x", got[:at], err, want)
		}
		at += n
	}
	if !bytes.Equal(got, want) {
		c.t.Errorf("got % x; want % x", got, want)
	}
	c.quiet()
}

// A session is clean: what was on its way when the wire was cut is not sent again, on
// whatever step, and the ids begin anew.
func TestNothingIsLeftOfACutConnection(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	pub := r.connect(t, 5, "pub")
	for _, v := range both {
		for step := range 4 {
			sub := r.connect(t, v, "sub")
			sub.granted(1, "a", 2)
			pub.deliver("a", "x", 2, 1)
			pk := sub.expect(packets.Publish)
			if step > 0 {
				sub.send3(packets.Pubrec, pk.PacketID)
			}
			if step > 1 {
				sub.expect(packets.Pubrel)
			}
			if step > 2 {
				sub.send3(packets.Pubcomp, pk.PacketID)
			}
			sub.conn.Close()
			again := r.open(t)
			ack := again.hello(v, "sub", func(pk *packets.Packet) { pk.Connect.Clean = false })
			if ack.SessionPresent || ack.ReasonCode != 0 {
				t.Errorf("CONNACK %#x, session present %t", ack.ReasonCode, ack.SessionPresent)
			}
			again.quiet()
			again.granted(1, "a", 2)
			pub.deliver("a", "y", 2, 1)
			again.hear("a", "y", 2, false)
			again.conn.Close()
		}
	}
}
