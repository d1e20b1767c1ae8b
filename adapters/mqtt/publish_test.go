package mqtt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

func TestAcknowledgedAfterTheCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v, qos, ack byte
	}{{4, 1, packets.Puback}, {5, 1, packets.Puback}, {4, 2, packets.Pubrec}} {
		t.Run(fmt.Sprintf("version %d QoS %d", c.v, c.qos), func(t *testing.T) {
			t.Parallel()
			r := start(t, Options{})
			cl := r.connect(t, c.v, "meter")
			r.store.set(true, nil)
			cl.publish("rooms/lobby", "21.5", c.qos, 7)
			<-r.store.came
			cl.quiet()
			r.store.set(false, nil)
			if ack := cl.expect(c.ack); ack.PacketID != 7 || ack.ReasonCode != 0 {
				t.Errorf("acknowledged %d, reason %#x", ack.PacketID, ack.ReasonCode)
			}
			if got := r.log("lobby"); !slices.Equal(got, []string{"21.5"}) {
				t.Errorf("log %q", got)
			}
		})
	}
}

// A client that reads the room too is acknowledged at once, whenever the next frames
// of the room are due.
func TestAcknowledgedBeforeTheNextFrames(t *testing.T) {
	t.Parallel()
	r := startWith(t, Options{}, nil, func(o *hub.Options) { o.Gap = time.Hour })
	cl := r.connect(t, 4, "meter")
	cl.granted(1, "rooms/lobby", 0)
	const publishes = 40 // frames are due every 16
	acked, heard := 0, 0
	for id := uint16(1); id <= publishes; id++ {
		cl.publish("rooms/lobby", "21.5", 1, id)
		for acked < int(id) {
			pk, err := cl.read()
			switch {
			case err != nil:
				t.Fatal(err)
			case pk.FixedHeader.Type == packets.Puback:
				acked++
			default:
				heard++
			}
		}
	}
	if heard >= publishes {
		t.Errorf("all %d messages were delivered already: nothing was proved", heard)
	}
}

func TestAcknowledgedInOrder(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "meter")
	r.store.set(true, nil)
	cl.publish("rooms/a", "one", 1, 1)
	cl.publish("rooms/b/c", "refused at once", 1, 2)
	cl.publish("rooms/b", "three", 1, 3)
	cl.publish("$SYS/x", "refused at once", 1, 4)
	<-r.store.came
	<-r.store.came
	cl.quiet()
	cl.publish("ordinary", "in its turn", 1, 5)
	r.store.set(false, nil)
	for id, reason := range []byte{0, packets.ErrTopicNameInvalid.Code, 0, packets.ErrNotAuthorized.Code, packets.CodeNoMatchingSubscribers.Code} {
		if ack := cl.expect(packets.Puback); int(ack.PacketID) != id+1 || ack.ReasonCode != reason {
			t.Errorf("acknowledged %d with %#x; want %d with %#x", ack.PacketID, ack.ReasonCode, id+1, reason)
		}
	}
}

func TestNotKeptIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	v5, v4 := r.connect(t, 5, "five"), r.connect(t, 4, "four")
	v5.publish("rooms/lobby", "kept", 1, 1)
	v5.expect(packets.Puback)
	r.store.set(false, errors.New("the disk is full"))
	v5.publish("rooms/lobby", "lost", 1, 2)
	ack := v5.expect(packets.Puback)
	if ack.ReasonCode != packets.ErrImplementationSpecificError.Code || ack.Properties.ReasonString == "" {
		t.Errorf("reason %#x %q", ack.ReasonCode, ack.Properties.ReasonString)
	}
	if strings.Contains(ack.Properties.ReasonString, "disk") {
		t.Errorf("the client is told the cause: %q", ack.Properties.ReasonString)
	}
	v4.publish("rooms/lobby", "lost", 0, 0)
	v4.quiet()
	v4.publish("rooms/lobby", "lost", 1, 2)
	if before := v4.ended(); len(before) > 0 {
		t.Errorf("before the end: %+v", before)
	}
	eventually(t, "three publishes are counted as refused", func() bool { return r.srv.Stats().Refused == 3 })
}

func TestPublishersArePaused(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl, gone := r.connect(t, 4, "busy"), r.connect(t, 4, "gone")
	r.store.set(true, nil)
	for id := range uint16(maxUnderWay + 10) {
		cl.publish("rooms/lobby", "x", 1, id+1)
		gone.publish("rooms/lobby", "x", 0, 0)
	}
	for range 2 * maxUnderWay {
		<-r.store.came
	}
	if more := len(r.store.came); more > 0 {
		t.Errorf("%d more under way", more)
	}
	gone.conn.Close()
	taken := r.connect(t, 4, "gone") // the older one's reader was waiting, and is let go
	taken.quiet()
	r.store.set(false, nil)
	for id := range uint16(maxUnderWay + 10) {
		if ack := cl.expect(packets.Puback); ack.PacketID != id+1 {
			t.Fatalf("acknowledged %d; want %d", ack.PacketID, id+1)
		}
	}
}

func TestWhatIsPublished(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "meter")
	watcher := r.connect(t, 5, "watcher")
	watcher.granted(1, "rooms/lobby", 0)
	seq := int64(0)
	for _, c := range []struct {
		name, topic, payload, text, data, ref string
		reason                                byte
	}{
		{name: "text", topic: "rooms/lobby", payload: "hello", text: "hello"},
		{name: "a number is text", topic: "rooms/lobby", payload: "21.5", text: "21.5"},
		{name: "an array is text", topic: "rooms/lobby", payload: "[1,2]", text: "[1,2]"},
		{name: "broken JSON is text", topic: "rooms/lobby", payload: "{hello", text: "{hello"},
		{name: "a message", topic: "rooms/lobby", payload: `{"text":"hi","ref":"r1","data":{"x":1}}`, text: "hi", ref: "r1", data: `{"x":1}`},
		{name: "the same ref and content", topic: "rooms/lobby", payload: `{"text":"hi","ref":"r1","data":{"x":1}}`, text: "-"},
		{name: "the same ref, other content", topic: "rooms/lobby", payload: `{"text":"ho","ref":"r1"}`, reason: 0x83},
		{name: "any other object is data", topic: "rooms/lobby", payload: `{"temperature":21.5}`, data: `{"temperature":21.5}`},
		{name: "case matters", topic: "rooms/lobby", payload: `{"Text":"x"}`, data: `{"Text":"x"}`},
		{name: "text topic", topic: "rooms/lobby/text", payload: `{"text":"hi"}`, text: `{"text":"hi"}`},
		{name: "wrong type", topic: "rooms/lobby", payload: `{"text":5}`, reason: 0x99},
		{name: "wrong buttons", topic: "rooms/lobby", payload: `{"text":"x","buttons":{}}`, reason: 0x99},
		{name: "neither text nor data", topic: "rooms/lobby", payload: `{"ref":"r2"}`, reason: 0x99},
		{name: "empty", topic: "rooms/lobby", reason: 0x99},
		{name: "no UTF-8", topic: "rooms/lobby", payload: "\xff", reason: 0x99},
		{name: "no UTF-8 as text", topic: "rooms/lobby/text", payload: "\xff", reason: 0x99},
		{name: "too long", topic: "rooms/lobby", payload: strings.Repeat("x", 17<<10), reason: 0x97},
		{name: "no view", topic: "rooms/lobby/other", payload: "x", reason: 0x90},
		{name: "presence", topic: "rooms/lobby/presence", payload: "x", reason: 0x90},
		{name: "no room", topic: "rooms/", payload: "x", reason: 0x90},
		{name: "a bad name", topic: "rooms/Lobby", payload: "x", reason: 0x90},
		{name: "a direct room", topic: "rooms/dm.a.b", payload: "x", reason: 0x87},
		{name: "the server's", topic: "$SYS/broker", payload: "x", reason: 0x87},
		{name: "control characters", topic: "a\x01b", payload: "x", reason: 0x90},
	} {
		cl.publish(c.topic, c.payload, 1, 9)
		ack := cl.expect(packets.Puback)
		if ack.ReasonCode != c.reason || ack.ReasonCode > 0 && ack.Properties.ReasonString == "" {
			t.Errorf("%s: reason %#x %q; want %#x", c.name, ack.ReasonCode, ack.Properties.ReasonString, c.reason)
		}
		if c.reason == 0 && c.text != "-" {
			seq++
			e := watcher.event()
			if e.Seq != seq || e.Text != c.text || string(e.Data) != c.data || e.Ref != c.ref {
				t.Errorf("%s: delivered %+v", c.name, e)
			}
			if e.From.ID != "mqtt:meter" || e.From.Name != "meter" || e.From.Kind != "device" || e.From.Via != "mqtt" {
				t.Errorf("%s: from %+v", c.name, e.From)
			}
		}
	}
	watcher.quiet()
}

func TestRefusedBeforeMQTT5(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for i, topic := range []string{"rooms/lobby/other", "rooms/Bad", "$SYS/x"} {
		for qos := byte(1); qos <= 2; qos++ {
			cl := r.connect(t, 4, "c")
			cl.publish(topic, "x", 0, 0)
			cl.quiet() // dropped
			cl.publish(topic, "x", qos, 1)
			if before := cl.ended(); len(before) > 0 {
				t.Errorf("%s: before the end: %+v", topic, before)
			}
			if want := uint64(4*i) + 2*uint64(qos); r.srv.Stats().Refused != want {
				t.Errorf("%s: %d refused; want %d", topic, r.srv.Stats().Refused, want)
			}
		}
	}
}

// A message at QoS 2 that comes again before its PUBREL is the same one, in rooms and in
// ordinary topics.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, v := range []byte{4, 5} {
		room, plain := fmt.Sprint("rooms/v", v), fmt.Sprint("plain/", v)
		cl, other := r.connect(t, v, "c"), r.connect(t, 5, "other")
		other.granted(1, plain, 0)
		rel := func(id uint16, reason byte) {
			t.Helper()
			cl.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: id})
			if comp := cl.expect(packets.Pubcomp); comp.PacketID != id || comp.ReasonCode != reason {
				t.Errorf("PUBCOMP of %d with %#x; want %d with %#x", comp.PacketID, comp.ReasonCode, id, reason)
			}
		}
		for _, topic := range []string{room, plain} {
			for round := range 2 {
				for range 2 {
					cl.publish(topic, fmt.Sprint(round), 2, 3)
					if rec := cl.expect(packets.Pubrec); rec.PacketID != 3 || rec.ReasonCode != 0 {
						t.Errorf("PUBREC of %d with %#x; want 3", rec.PacketID, rec.ReasonCode)
					}
				}
				rel(3, 0)
			}
		}
		unknown := byte(0)
		if v == 5 {
			unknown = packets.ErrPacketIdentifierNotFound.Code
		}
		rel(99, unknown)
		if got := r.log(strings.TrimPrefix(room, root)); !slices.Equal(got, []string{"0", "1"}) {
			t.Errorf("log %q", got)
		}
		for want := range 2 {
			pk := other.expect(packets.Publish)
			if string(pk.Payload) != fmt.Sprint(want) || pk.FixedHeader.Qos != 0 {
				t.Errorf("delivered %q with QoS %d", pk.Payload, pk.FixedHeader.Qos)
			}
		}
		other.quiet()
	}
}

// What is refused at QoS 2 is over with its PUBREC: the id is free, and what repeats
// it is refused too.
func TestRefusedAtQoS2(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	r.store.set(true, nil)
	cl.publish("rooms/lobby", "first", 2, 1) // holds the others back
	for range 2 {
		cl.publish("rooms/Lobby", "wrong", 2, 2)
	}
	<-r.store.came
	cl.quiet()
	r.store.set(false, nil)
	for i, want := range []struct {
		id     uint16
		reason byte
	}{{1, 0}, {2, packets.ErrTopicNameInvalid.Code}, {2, packets.ErrUnspecifiedError.Code}} {
		if rec := cl.expect(packets.Pubrec); rec.PacketID != want.id || rec.ReasonCode != want.reason {
			t.Errorf("PUBREC %d of %d with %#x; want %+v", i, rec.PacketID, rec.ReasonCode, want)
		}
	}
	cl.publish("rooms/lobby", "second", 2, 2)
	if rec := cl.expect(packets.Pubrec); rec.PacketID != 2 || rec.ReasonCode != 0 {
		t.Errorf("PUBREC of %d with %#x", rec.PacketID, rec.ReasonCode)
	}
	if got := r.log("lobby"); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("log %q", got)
	}
}

// A client of MQTT 5 that has more under way than it was told it may is ended (3.3.4).
func TestServersReceiveMaximum(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, qos := range []byte{1, 2} {
		cl := r.connect(t, 5, "c")
		r.store.set(true, nil)
		for id := range uint16(maxUnderWay) {
			cl.publish("rooms/lobby", "x", qos, id+1)
		}
		for range maxUnderWay {
			<-r.store.came
		}
		cl.quiet()
		cl.publish("plain", "one too many", 1, maxUnderWay+1)
		if bye := cl.expect(packets.Disconnect); bye.ReasonCode != packets.ErrReceiveMaximum.Code {
			t.Errorf("DISCONNECT %#x", bye.ReasonCode)
		}
		r.store.set(false, nil)
	}
	cl := r.connect(t, 5, "c") // those that were received count until they are released
	for id := range uint16(maxUnderWay) {
		cl.publish("plain", "x", 2, id+1)
		cl.expect(packets.Pubrec)
	}
	cl.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: 1})
	cl.expect(packets.Pubcomp)
	cl.publish("plain", "x", 2, 1)
	cl.expect(packets.Pubrec)
	cl.publish("plain", "x", 2, maxUnderWay+1)
	if bye := cl.expect(packets.Disconnect); bye.ReasonCode != packets.ErrReceiveMaximum.Code {
		t.Errorf("DISCONNECT %#x", bye.ReasonCode)
	}
}
