package mqtt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	v4, v5 := r.connect(t, 4, "four"), r.connect(t, 5, "five")
	v4.deaf, v5.deaf = "rooms/lobby/presence", "rooms/lobby/presence"
	for i, c := range []struct {
		filter string
		reason byte
	}{
		{"rooms/lobby", 0}, {"rooms/lobby/text", 0}, {"#", 0}, {"+", 0}, {"a/+", 0}, {"+/a/b", 0}, {"+/+/state", 0},
		{"rooms", 0}, {"$share/g/a", 0}, {"$share/g/#", 0},
		{"rooms/+", 0}, {"rooms/#", 0}, {"rooms/+/text", 0}, {"rooms/+/presence", 0}, {"rooms/+/typing", 0},
		{"rooms/lobby/#", 0xA2}, {"rooms/lobby/+", 0xA2}, {"rooms/+/#", 0xA2}, {"rooms/+/+", 0xA2}, {"rooms/+/other", 0xA2},
		{"+/lobby", 0xA2}, {"+/#", 0xA2}, {"+/+/text", 0xA2}, {"+/lobby/+", 0xA2},
		{"$share/g/rooms/lobby", 0x9E}, {"$share/g/rooms/#", 0x9E}, {"$share/g/rooms/+", 0x9E}, {"$share/g/+/lobby", 0x9E},
		{"rooms/", 0x8F}, {"rooms/Lobby", 0x8F}, {"rooms/lobby/other", 0x8F}, {"rooms/a/text/b", 0x8F},
		{"a\x01", 0x8F}, {"a/#/b", 0x8F}, {"a#", 0x8F}, {"a/b+", 0x8F}, {"", 0x8F}, {"$share", 0x87}, {"$share/g", 0x8F}, {"$share//a", 0x8F},
		{"$share/g/", 0x8F}, {"$share/+/a", 0x8F}, {"$share/g/$SYS", 0x87}, {"a//b", 0}, {"/", 0}, {"$SYS/#", 0x87}, {"$other", 0x87}, {"rooms/dm.a.b", 0x87},
	} {
		id := uint16(i + 1)
		if ack := v5.subscribe(id, c.filter, 0); ack.ReasonCodes[0] != c.reason {
			t.Errorf("%q: %#x; want %#x", c.filter, ack.ReasonCodes[0], c.reason)
		}
		want := c.reason
		if want > 0 {
			want = 0x80
		}
		if ack := v4.subscribe(id, c.filter, 0); ack.ReasonCodes[0] != want {
			t.Errorf("%q before MQTT 5: %#x; want %#x", c.filter, ack.ReasonCodes[0], want)
		}
	}
}

func TestNoEventOfARoomInOrdinaryTopics(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	spy := r.connect(t, 5, "spy")
	spy.granted(1, "#", 0)
	cl := r.connect(t, 5, "c")
	pk := publish("rooms/lobby", "retained?", 1, 1)
	pk.FixedHeader.Retain = true
	cl.send(pk)
	cl.expect(packets.Puback)
	cl.publish("plain", "yes", 1, 2)
	cl.expect(packets.Puback)
	if got := spy.expect(packets.Publish); got.TopicName != "plain" {
		t.Errorf("delivered %s", got.TopicName)
	}
	spy.quiet()
	late := r.connect(t, 5, "late")
	late.granted(1, "rooms/lobby", 1)
	late.quiet()
}

func TestOrdinaryTopics(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	v4, v5 := r.connect(t, 4, "four"), r.connect(t, 5, "five")
	v4.granted(1, "plain/#", 0)
	// The ids of requests are the client's own, whatever is under way to it.
	for id := range uint16(5) {
		v5.publish("plain/x", fmt.Sprint(id), 1, 1)
		v5.expect(packets.Puback)
	}
	for id := range uint16(5) {
		if pk := v4.expect(packets.Publish); pk.FixedHeader.Qos != 0 || string(pk.Payload) != fmt.Sprint(id) {
			t.Errorf("delivered with QoS %d %q", pk.FixedHeader.Qos, pk.Payload)
		}
	}
	v4.granted(3, "other", 0)
	v4.publish("plain/y", "mine", 1, 2)
	got := map[byte]packets.Packet{}
	for range 2 {
		pk, err := v4.read()
		if err != nil {
			t.Fatal(err)
		}
		got[pk.FixedHeader.Type] = pk
	}
	if got[packets.Puback].PacketID != 2 || string(got[packets.Publish].Payload) != "mine" {
		t.Errorf("got %+v", got)
	}
	v4.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 4,
		Filters: packets.Subscriptions{{Filter: "plain/#"}},
	})
	if ack := v4.expect(packets.Unsuback); ack.PacketID != 4 {
		t.Errorf("UNSUBACK of %d", ack.PacketID)
	}
}

func TestTooManySubscriptions(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1}
	for i := range maxSubscriptions + 2 {
		filter := fmt.Sprint("rooms/room-", i/2)
		if i%2 == 1 {
			filter += "/text"
		}
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: filter})
	}
	cl.send(pk)
	for i, code := range cl.expect(packets.Suback).ReasonCodes {
		if (code == packets.ErrQuotaExceeded.Code) != (i >= maxSubscriptions) {
			t.Fatalf("filter %d: %#x", i, code)
		}
	}
}

func TestPacketIDs(t *testing.T) {
	t.Parallel()
	w := &window{size: 3}
	seen := make(map[uint16]bool)
	for range 1 << 16 / 3 {
		var ids []uint16
		for id, ok := w.next(1); ok; id, ok = w.next(1) {
			ids = append(ids, id)
		}
		if len(ids) != w.size {
			t.Fatalf("%d ids in a window of %d", len(ids), w.size)
		}
		for _, id := range ids {
			if seen[id] = true; id == 0 || !w.acknowledge(id) || w.acknowledge(id) {
				t.Fatalf("id %d", id)
			}
		}
	}
	if len(seen) < 1<<16-3 {
		t.Errorf("only %d ids are ever used", len(seen))
	}
}

func TestOrdinaryTopicsAreBounded(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	if code := cl.subscribe(1, strings.Repeat("/", maxLevels), 0).ReasonCodes[0]; code != packets.ErrTopicFilterInvalid.Code {
		t.Errorf("a deep filter: %#x", code)
	}
	for at := 0; at <= maxSubscriptions; at += 100 {
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 2}
		for i := at; i < at+100; i++ {
			pk.Filters = append(pk.Filters, packets.Subscription{Filter: fmt.Sprint("plain/", i)})
		}
		cl.send(pk)
		for i, code := range cl.expect(packets.Suback).ReasonCodes {
			if (code >= 0x80) != (at+i >= maxSubscriptions) {
				t.Fatalf("filter %d: %#x", at+i, code)
			}
		}
	}
	if code := cl.subscribe(3, "plain/1", 1).ReasonCodes[0]; code != 1 {
		t.Errorf("a renewed one at the limit: %#x", code)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for _, code := range []hub.Code{
		hub.Invalid, hub.Unauthorized, hub.Forbidden, hub.NotFound, hub.Conflict, hub.TooLarge, hub.RateLimited,
		hub.Slow, hub.Unavailable, hub.Internal, "unheard of",
	} {
		p := &hub.Problem{Code: code}
		// The codes that the specification has for each packet (3.4.2.1, 3.9.3).
		switch a := pubackOf(p); a.Reason {
		case 0x83, 0x87, 0x90, 0x97, 0x99:
		default:
			t.Errorf("%s: PUBACK %#x", code, a.Reason)
		}
		switch a := subackOf(p); a.Reason {
		case 0x83, 0x87, 0x8F, 0x97:
		default:
			t.Errorf("%s: SUBACK %#x", code, a.Reason)
		}
		if a := connackOf(p); !a.Refuses() || connackV3(a.Reason) == 0 {
			t.Errorf("%s: CONNACK %#x", code, a.Reason)
		}
	}
}
