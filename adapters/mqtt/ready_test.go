package mqtt

import (
	"bytes"
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
	"hubbub/hub/chat"
)

// What clients share is to the byte what each of them would be written.
func TestReadyPacketsAreThePackets(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]hub.Event{
		"a message":      {Type: hub.TypeReceivedMessage, Room: "lobby", Seq: 7, Text: "hi\nthere", From: hub.Participant{ID: "u", Name: "Ann"}},
		"a long one":     {Type: hub.TypeReceivedMessage, Room: "lobby", Seq: 8, Text: string(bytes.Repeat([]byte("x"), 16<<10)), Origin: "s"},
		"data":           {Type: hub.TypeReceivedMessage, Room: "lobby", Seq: 9, Data: json.RawMessage(`{"x":1}`)},
		"a hole":         {Type: hub.TypeRoomGap, Room: "lobby", Detail: &hub.Gap{After: 1, Next: 5}},
		"who writes":     {Type: hub.TypeTyping, Room: "lobby"},
		"what has none":  {Type: hub.TypeRoomRemoved, Room: "lobby"},
		"an edit":        {Type: hub.TypeEditedMessage, Room: "lobby", Seq: 10, Text: "no"},
		"who comes here": {Type: hub.TypePresenceChanged, Room: "lobby", Detail: &hub.PresenceChanged{Count: 1}},
	} {
		entry := hub.NewEntry(e)
		for _, text := range []bool{false, true} {
			shared := formatOf(spot{text: text}).Append(nil, entry)
			for _, v5 := range []bool{false, true} {
				var want []byte
				if len(shared) > 0 {
					if f, _ := nextFrame(shared); f.view.logged() {
						v := envelope{v5: v5, topic: f.view.topic("lobby")}
						want = v.append(nil, 0, f.props, f.payload)
					}
				}
				if got := (ready{text: text, v5: v5}).Append(nil, entry); !bytes.Equal(got, want) {
					t.Errorf("%s, text %t, v5 %t: %q; want %q", name, text, v5, got, want)
				}
				if len(want) > 0 {
					want = appendFrame(nil, frameBinary, want)
				}
				if got := (ready{text: text, v5: v5, socket: true}).Append(nil, entry); !bytes.Equal(got, want) {
					t.Errorf("%s, text %t, v5 %t, in a frame: %q; want %q", name, text, v5, got, want)
				}
			}
		}
	}
}

// shares reports whether a client is given packets of a room that it shares.
func (r *rig) shares(id string, at spot) bool {
	r.srv.mu.Lock()
	s := r.srv.clients[id]
	r.srv.mu.Unlock()
	s.window.mu.Lock()
	defer s.window.mu.Unlock()
	return s.readers[at] != nil && s.readers[at].ready
}

// Packets are shared by those who want no more than all get, and no longer than that.
func TestWhoSharesPackets(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	limited := func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 1000 }
	noLocal := func(pk *packets.Packet) { pk.Filters[0].NoLocal = true }
	for _, c := range []struct {
		id      string
		version byte
		hello   func(*packets.Packet)
		filter  string
		qos     byte
		change  func(*packets.Packet)
		at      spot
		want    bool
	}{
		{id: "old", version: 4, filter: "rooms/lobby", at: spot{room: "lobby"}, want: true},
		{id: "new", version: 5, filter: "rooms/lobby", at: spot{room: "lobby"}, want: true},
		{id: "display", version: 4, filter: "rooms/lobby/text", at: spot{room: "lobby", text: true}, want: true},
		{id: "careful", version: 4, filter: "rooms/lobby", qos: 1, at: spot{room: "lobby"}},
		{id: "numbered", version: 5, filter: "rooms/lobby", change: identified(1), at: spot{room: "lobby"}},
		{id: "deaf to itself", version: 5, filter: "rooms/lobby", change: noLocal, at: spot{room: "lobby"}},
		{id: "small", version: 5, hello: limited, filter: "rooms/lobby", at: spot{room: "lobby"}},
		{id: "watcher", version: 4, filter: "rooms/+", at: spot{room: "lobby"}},
	} {
		none := func(*packets.Packet) {}
		if c.hello == nil {
			c.hello = none
		}
		if c.change == nil {
			c.change = none
		}
		cl := r.connect(t, c.version, c.id, c.hello)
		cl.granted(1, c.filter, c.qos, c.change)
		r.say("lobby", "hello")
		pk := cl.expect(packets.Publish)
		cl.ack(pk)
		if pk.FixedHeader.Qos != c.qos || c.version == 5 && user(&pk, "from") != "ann" {
			t.Errorf("%s: %+v", c.id, pk)
		}
		if r.shares(c.id, c.at) != c.want {
			t.Errorf("%s shares its packets: %t", c.id, !c.want)
		}
	}
}

func TestPacketsAreSharedNoLonger(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	lobby := spot{room: "lobby"}
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/lobby", 0)
	r.say("lobby", "1")
	cl.hears("rooms/lobby", 1, 0)
	cl.granted(2, "rooms/+", 0)
	if r.say("lobby", "2"); !r.shares("c", lobby) {
		t.Error("two filters that ask for the same do not share")
	}
	cl.hears("rooms/lobby", 2, 0)
	cl.granted(3, "rooms/+", 1)
	if r.say("lobby", "3"); r.shares("c", lobby) {
		t.Error("it is delivered as others are, at QoS 0")
	}
	cl.hears("rooms/lobby", 3, 1)
	cl.unsubscribe(4, "rooms/+")
	cl.granted(5, "rooms/lobby", 0)
	if r.say("lobby", "4"); !r.shares("c", lobby) {
		t.Error("it does not share again")
	}
	cl.hears("rooms/lobby", 4, 0)
	if ack := cl.subscribe(6, "rooms/lobby/typing", 0); ack.ReasonCodes[0] != 0 {
		t.Errorf("SUBACK %#x", ack.ReasonCodes)
	}
	r.types("lobby")
	cl.told("rooms/lobby/typing")
	cl.quiet()
}

// moody is a chat application that refuses to join while it is told to.
type moody struct {
	hub.Consumer
	refuses *atomic.Bool
}

func (m moody) Handle(ctx context.Context, e hub.Event) error {
	if e.Type == hub.TypeRoomJoin && m.refuses.Load() {
		return hub.Errorf(hub.Unavailable, "Not now.")
	}
	return m.Consumer.Handle(ctx, e)
}

// Where a room cannot be read anew, what would need that is refused, and the room is
// read on as it was.
func TestPacketsAreSharedOnWhereThatCannotChange(t *testing.T) {
	t.Parallel()
	var h atomic.Pointer[hub.Hub]
	var refuses atomic.Bool
	r := startWith(t, Options{}, func(hub.Application) hub.Application {
		return Chat(func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			c, err := chat.New(h.Load())(ctx, s, out)
			return moody{c, &refuses}, err
		})
	})
	h.Store(r.hub)
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/lobby", 0)
	r.say("lobby", "1")
	cl.hears("rooms/lobby", 1, 0)
	refuses.Store(true)
	if ack := cl.subscribe(2, "rooms/+", 1); ack.ReasonCodes[0] != packets.ErrImplementationSpecificError.Code {
		t.Errorf("SUBACK %#x", ack.ReasonCodes)
	}
	r.say("other", "1")
	r.say("lobby", "2")
	cl.hears("rooms/lobby", 2, 0)
	cl.quiet()
}

func TestSharedPacketsOverWebSocket(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	ws := dial(t, r.web(), "mqtt", nil)
	sendFrame(ws, websocket.BinaryMessage, encode(t, 5, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect:     packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: "c", Clean: true, Keepalive: 60},
	}))
	sendFrame(ws, websocket.BinaryMessage, encode(t, 5, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1, Filters: packets.Subscriptions{{Filter: "rooms/lobby"}},
	}))
	for _, first := range []byte{packets.Connack << 4, packets.Suback << 4} {
		if _, b, err := ws.ReadMessage(); err != nil || b[0] != first {
			t.Fatalf("%x, %v; want %x", b, err, first)
		}
	}
	r.say("lobby", numbers(50)...)
	for seq := int64(1); seq <= 50; seq++ {
		kind, b, err := ws.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage {
			t.Fatalf("kind %d, %v", kind, err)
		}
		pk := packets.Packet{ProtocolVersion: 5}
		_ = pk.FixedHeader.Decode(b[0])
		if _, n, err := packets.DecodeLength(bytes.NewReader(b[1:])); err != nil || pk.PublishDecode(b[1+n:]) != nil {
			t.Fatalf("%q, %v", b, err)
		}
		if e, err := hub.ParseEvent(pk.Payload); err != nil || e.Seq != seq || pk.TopicName != "rooms/lobby" {
			t.Fatalf("%s, %v; want seq %d", pk.Payload, err, seq)
		}
	}
	if !r.shares("c", spot{room: "lobby"}) {
		t.Error("they are its own")
	}
}

// Subscriptions to an ephemeral room that are renewed, and change their form, are
// told of what they did not get.
func TestRenewalsInAnEphemeralRoom(t *testing.T) {
	t.Parallel()
	const events = 2000
	r := start(t, Options{})
	cl := r.connect(t, 4, "c")
	cl.granted(1, "rooms/sensor.a", 0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range events / 10 {
			r.say("sensor.a", numbers(10)...)
		}
	}()
	renewals := 0
	for next := int64(1); next <= events; {
		pk, err := cl.read()
		if err != nil {
			t.Fatal(err)
		}
		if pk.FixedHeader.Type != packets.Publish {
			continue
		}
		cl.ack(pk)
		e, err := hub.ParseEvent(pk.Payload)
		if d, ok := e.Detail.(*hub.Gap); ok && d.After == next-1 {
			next = d.Next
			continue
		}
		if err != nil || e.Seq != next {
			t.Fatalf("%s, %v; want seq %d", pk.Payload, err, next)
		}
		if next++; next%20 == 0 {
			renewals++
			cl.send(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: uint16(next),
				Filters: packets.Subscriptions{{Filter: "rooms/sensor.a", Qos: byte(renewals % 2)}},
			})
		}
	}
	if <-done; renewals == 0 {
		t.Error("nothing was renewed")
	}
}

// A filter that is taken away leaves those that say No Local.
func TestNoLocalIsKeptWhenAnotherFilterGoes(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/+", 0)
	cl.granted(2, "rooms/lobby", 0, func(pk *packets.Packet) { pk.Filters[0].NoLocal = true })
	r.say("lobby", "1")
	cl.hears("rooms/lobby", 1, 0)
	cl.unsubscribe(3, "rooms/+")
	cl.publish("rooms/lobby", "mine", 1, 1)
	cl.expect(packets.Puback)
	r.say("lobby", "theirs")
	if e := cl.event(); e.Text != "theirs" {
		t.Errorf("delivered %q", e.Text)
	}
}
