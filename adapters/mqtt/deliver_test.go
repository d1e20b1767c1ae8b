package mqtt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

func TestDelivery(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, v := range []byte{4, 5} {
		for qos := range byte(2) {
			t.Run(fmt.Sprintf("version %d QoS %d", v, qos), func(t *testing.T) {
				room := fmt.Sprintf("room-%d-%d", v, qos)
				cl := r.connect(t, v, room)
				cl.granted(1, "rooms/"+room, qos, func(pk *packets.Packet) {
					pk.Properties.SubscriptionIdentifier = []int{300}
				})
				cl.granted(2, "rooms/"+room+"/text", qos)
				r.say(room, "line\r\nand line\nend")
				got := map[string]packets.Packet{}
				for range 2 {
					pk := cl.expect(packets.Publish)
					cl.ack(pk)
					got[pk.TopicName] = pk
				}
				lines, event := got["rooms/"+room+"/text"], got["rooms/"+room]
				if string(lines.Payload) != "Ann: line and line end" {
					t.Errorf("text %q", lines.Payload)
				}
				e, err := hub.ParseEvent(event.Payload)
				if err != nil || e.Type != hub.TypeReceivedMessage || e.Room != room || e.Seq != 1 {
					t.Errorf("event %s, %v", event.Payload, err)
				}
				if h := event.FixedHeader; h.Qos != qos || h.Dup || h.Retain {
					t.Errorf("header %+v", h)
				}
				if v != 5 {
					return
				}
				if user(&event, "type") != hub.TypeReceivedMessage || user(&event, "seq") != "1" || user(&event, "from") != "ann" {
					t.Errorf("user properties %+v", event.Properties.User)
				}
				if id := event.Properties.SubscriptionIdentifier; len(id) != 1 || id[0] != 300 || event.Properties.PayloadFormat != 1 {
					t.Errorf("properties %+v", event.Properties)
				}
				if len(lines.Properties.SubscriptionIdentifier) > 0 {
					t.Errorf("identifier of a subscription that has none: %+v", lines.Properties)
				}
			})
		}
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	r.say("lobby", numbers(5)...)
	first := r.connect(t, 5, "first")
	ack := first.granted(1, "rooms/lobby", 1, withUser("since", "2"))
	if user(&ack, "head") != "2" || user(&ack, "recovered") != "true" || user(&ack, "epoch") == "" {
		t.Errorf("SUBACK %+v", ack.Properties.User)
	}
	first.events(3, 5)
	r.say("lobby", "6")
	first.events(6, 6)

	for _, c := range []struct {
		name      string
		user      []string
		recovered string
		from      int64
		reason    byte
	}{
		{"the right epoch", []string{"since", "0", "epoch", user(&ack, "epoch")}, "true", 1, 0},
		{"another epoch", []string{"since", "2", "epoch", "other"}, "false", 7, 0},
		{"the future", []string{"since", "99"}, "false", 7, 0},
		{"all seen", []string{"since", "6"}, "true", 7, 0},
		{"none", nil, "", 7, 0},
		{"nonsense", []string{"since", "yesterday"}, "", 0, packets.ErrTopicFilterInvalid.Code},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := r.connect(t, 5, "c")
			ack := cl.subscribe(1, "rooms/lobby", 0, withUser(c.user...))
			if ack.ReasonCodes[0] != c.reason || user(&ack, "recovered") != c.recovered {
				t.Fatalf("SUBACK %#x %+v", ack.ReasonCodes, ack.Properties.User)
			}
			if c.from > 0 {
				cl.events(c.from, 6)
			}
			cl.quiet()
		})
	}
}

func TestSinceLongAgoThroughASmallWindow(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	const n = 1500 // more than a page of an answer
	r.say("lobby", numbers(n)...)
	for _, limit := range []uint16{1, 3, 1000} {
		cl := r.connect(t, 5, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = limit })
		cl.granted(1, "rooms/lobby", 1, withUser("since", "0"))
		cl.events(1, n)
		cl.quiet()
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	cl.granted(1, "rooms/a", 1)
	cl.granted(2, "rooms/b", 1)
	cl.granted(3, "rooms/c", 0)
	r.say("a", "1", "2")
	first := cl.expect(packets.Publish)
	r.say("b", "1", "2")
	r.say("c", "1")
	if pk := cl.expect(packets.Publish); pk.TopicName != "rooms/c" { // needs no place
		t.Fatalf("%s while the window is full", pk.TopicName)
	}
	cl.quiet()
	cl.ack(first)
	seen := map[string]int64{"a": 1}
	for range 3 { // both rooms get their turn
		pk := cl.expect(packets.Publish)
		e, err := hub.ParseEvent(pk.Payload)
		if err != nil || e.Seq != seen[e.Room]+1 {
			t.Fatalf("%s after seq %d", pk.Payload, seen[e.Room])
		}
		seen[e.Room] = e.Seq
		cl.quiet()
		cl.ack(pk)
	}
	cl.quiet()
}

// An unacknowledged subscription that ends does not keep its turn.
func TestWindowOfAnEndedSubscription(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	cl.granted(1, "rooms/a", 1)
	cl.granted(2, "rooms/b", 1)
	r.say("a", "1", "2")
	first := cl.expect(packets.Publish)
	cl.quiet()
	r.say("b", "1")
	cl.quiet()
	cl.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 5,
		Filters: packets.Subscriptions{{Filter: "rooms/a"}, {Filter: "rooms/a"}},
	})
	if ack := cl.expect(packets.Unsuback); ack.PacketID != 5 || !bytes.Equal(ack.ReasonCodes, []byte{0, 0x11}) {
		t.Errorf("UNSUBACK %d %#x", ack.PacketID, ack.ReasonCodes)
	}
	cl.ack(first)
	if e := cl.event(); e.Room != "b" {
		t.Errorf("event %+v", e)
	}
}

func TestRenewedSubscription(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 4, "c")
	cl.granted(1, "rooms/lobby", 0)
	const rounds, each = 20, 10
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range rounds {
			r.say("lobby", numbers(each)...)
		}
	}()
	next := int64(1)
	renewals := 0
	for next <= rounds*each {
		pk, err := cl.read()
		if err != nil {
			t.Fatal(err)
		}
		switch pk.FixedHeader.Type {
		case packets.Publish:
			e, err := hub.ParseEvent(pk.Payload)
			if err != nil || e.Seq != next {
				t.Fatalf("seq %d; want %d (%v)", e.Seq, next, err)
			}
			cl.ack(pk)
			if next++; next%each == 0 {
				renewals++
				cl.send(packets.Packet{
					FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: uint16(next),
					Filters: packets.Subscriptions{{Filter: "rooms/lobby", Qos: byte(renewals % 2)}},
				})
			}
		case packets.Suback:
			if pk.ReasonCodes[0] > 1 {
				t.Fatalf("SUBACK %#x", pk.ReasonCodes)
			}
		}
	}
	<-done
}

func TestARefusedRenewalEndsTheSubscription(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/lobby", 0)
	if ack := cl.subscribe(2, "rooms/lobby", 0, withUser("since", "x")); ack.ReasonCodes[0] < 0x80 {
		t.Errorf("SUBACK %#x", ack.ReasonCodes)
	}
	r.say("lobby", "1")
	cl.quiet()
}

func TestNoLocal(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/lobby", 1, func(pk *packets.Packet) { pk.Filters[0].NoLocal = true })
	cl.publish("rooms/lobby", "mine", 1, 1)
	cl.expect(packets.Puback)
	r.say("lobby", "theirs")
	if e := cl.event(); e.Text != "theirs" {
		t.Errorf("delivered %q", e.Text)
	}
}

func TestMaximumPacketSize(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 1000 })
	cl.granted(1, "rooms/lobby", 1)
	r.say("lobby", strings.Repeat("x", 2000), "short")
	if e := cl.event(); e.Seq != 2 {
		t.Errorf("delivered seq %d", e.Seq)
	}
}

// What is too large for a client takes nothing of its window, sent at once or after a
// wait: the client would never acknowledge it.
func TestWhatIsTooLargeTakesNoPacketID(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) {
		pk.Properties.MaximumPacketSize, pk.Properties.ReceiveMaximum = 1000, 1
	})
	pub := r.connect(t, 5, "pub")
	cl.granted(1, "a", 2)
	large := strings.Repeat("x", 2000)
	pub.put("a", large)
	pub.put("a", "1")
	pub.put("a", large, func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = 60 }) // it would wait
	pub.deliver("a", large, 2, 2)
	pub.put("a", "2")
	cl.hear("a", "1", 1, false)
	cl.hear("a", "2", 1, false)
	cl.quiet()
	if n := r.srv.large.count(); n != 3 {
		t.Errorf("%d are counted", n)
	}
}

// A client that reads nothing delays nobody, and later gets all in order.
func TestAStalledReader(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for qos := range byte(2) {
		room := fmt.Sprint("room-", qos)
		stalled, other := r.connect(t, 4, "stalled-"+room), r.connect(t, 5, "other-"+room)
		if err := stalled.conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
			t.Fatal(err)
		}
		stalled.granted(1, "rooms/"+room, qos)
		stalled.granted(2, "plain", 0)
		other.granted(1, "rooms/"+room, 1)
		sender := r.connect(t, 5, "sender-"+room)
		const n = 600
		long := strings.Repeat("x", 15<<10)
		for i := range int64(n) {
			sender.publish("rooms/"+room, long, 1, uint16(i+1))
			sender.expect(packets.Puback)
			other.events(i+1, i+1)
		}
		stalled.events(1, n)
	}
}

// Who acknowledges nothing lags behind, and is told when it is too far.
func TestAReaderThatLagsTooFar(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "slow", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	cl.granted(1, "rooms/lobby", 1)
	texts := make([]string, 100+lag/(16<<10))
	for i := range texts {
		texts[i] = strings.Repeat("x", 16<<10)
	}
	r.say("lobby", texts...)
	if cl.expect(packets.Publish); cl.expect(packets.Disconnect).ReasonCode != packets.ErrQuotaExceeded.Code {
		t.Error("it was not told why")
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	data := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Seq: 1, Data: json.RawMessage(`{"x":1}`)})
	text := hub.NewEntry(hub.Event{
		Type: hub.TypeReceivedMessage, Seq: 2, Text: "a\u2028b\r\nc", Origin: "s", From: hub.Participant{ID: "u", Name: "A\nB"},
	})
	if got := (asText{}).Append(nil, data); len(got) > 0 {
		t.Errorf("no text, but %q", got)
	}
	run := asEvents{}.Append(nil, data)
	run = asText{}.Append(run, text)
	f, n := nextFrame(run)
	if f.seq != 1 || len(f.origin) > 0 || !bytes.Equal(f.payload, data.JSON) {
		t.Errorf("first frame %+v", f)
	}
	f, m := nextFrame(run[n:])
	if f.seq != 2 || !f.isFrom("s") || string(f.payload) != "A B: a b c" || n+m != len(run) {
		t.Errorf("second frame %+v, %d+%d of %d", f, n, m, len(run))
	}
}

// What several rooms have for a client shares its writes, and nothing of it is mixed up.
func TestManyRooms(t *testing.T) {
	t.Parallel()
	const rooms, events = 10, 120
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/+/text", 0)
	for i := range rooms {
		cl.granted(uint16(i+2), fmt.Sprint("rooms/r", i), 1, identified(i+1))
	}
	var saying sync.WaitGroup
	for i := range rooms {
		saying.Go(func() {
			for range events / 10 {
				r.say(fmt.Sprint("r", i), numbers(10)...)
			}
		})
	}
	seen, lines := map[string]int64{}, map[string]int{}
	for range 2 * rooms * events {
		pk := cl.expect(packets.Publish)
		cl.ack(pk)
		if room, ok := strings.CutSuffix(pk.TopicName, "/text"); ok {
			lines[room]++
			if want := fmt.Sprint("Ann: ", (lines[room]-1)%10+1); string(pk.Payload) != want {
				t.Fatalf("%s: %s; want %s", pk.TopicName, pk.Payload, want)
			}
			continue
		}
		seen[pk.TopicName]++
		e, err := hub.ParseEvent(pk.Payload)
		if err != nil || "rooms/"+e.Room != pk.TopicName || e.Seq != seen[pk.TopicName] ||
			fmt.Sprint("rooms/r", pk.Properties.SubscriptionIdentifier[0]-1) != pk.TopicName {
			t.Fatalf("%s: %s, %v; want seq %d", pk.TopicName, pk.Payload, err, seen[pk.TopicName])
		}
	}
	saying.Wait()
	cl.quiet()
}
