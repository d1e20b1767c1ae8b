package mqtt

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
)

// told reads a PUBLISH at QoS 0 to a topic, and returns its event.
func (c *client) told(topic string) hub.Event {
	c.t.Helper()
	pk := c.expect(packets.Publish)
	e, err := hub.ParseEvent(pk.Payload)
	if err != nil || pk.TopicName != topic || pk.FixedHeader.Qos != 0 || c.v == 5 && user(&pk, "type") != e.Type {
		c.t.Fatalf("%s QoS %d %s, %v; want %s", pk.TopicName, pk.FixedHeader.Qos, pk.Payload, err, topic)
	}
	return e
}

// type says that somebody writes in a room.
func (r *rig) types(room string) {
	r.t.Helper()
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "ann", Name: "Ann", Kind: hub.Person}}
	if err := r.hub.Typing(r.t.Context(), s, room); err != nil {
		r.t.Fatal(err)
	}
}

func TestPresenceAndTyping(t *testing.T) {
	t.Parallel()
	for _, v := range []byte{4, 5} {
		r := start(t, Options{})
		display := r.connect(t, v, "display")
		for id, filter := range []string{"rooms/lobby/presence", "rooms/lobby/typing"} {
			if ack := display.subscribe(uint16(id+1), filter, 1); ack.ReasonCodes[0] != 0 {
				t.Errorf("%s: granted %#x; what is told once is told at QoS 0", filter, ack.ReasonCodes[0])
			}
			if id > 0 {
				break
			}
			if d, ok := display.told(filter).Detail.(*hub.PresenceChanged); !ok || d.Count != 1 || d.Joined[0].Name != "display" {
				t.Errorf("at first %+v", d)
			}
		}
		joined := func(name string) {
			t.Helper()
			e := display.told("rooms/lobby/presence")
			if d, ok := e.Detail.(*hub.PresenceChanged); !ok || len(d.Joined) != 1 || d.Joined[0].Name != name {
				t.Errorf("told %+v; want that %s came", e, name)
			}
		}
		joined("display")
		other := r.connect(t, v, "other")
		other.granted(1, "rooms/lobby", 1)
		joined("other")
		r.types("lobby")
		if e := display.told("rooms/lobby/typing"); e.Type != hub.TypeTyping || e.From.Name != "Ann" {
			t.Errorf("told %+v", e)
		}
		r.say("lobby", "1") // is in neither topic
		other.events(1, 1)
		display.quiet()
		other.quiet()
		// One more view of a room that is read already; each goes on by itself.
		display.granted(3, "rooms/lobby", 1)
		r.say("lobby", "2")
		display.events(2, 2)
		display.unsubscribe(4, "rooms/lobby/presence")
		display.unsubscribe(5, "rooms/lobby")
		r.say("lobby", "3")
		r.types("lobby")
		display.told("rooms/lobby/typing")
		display.quiet()
	}
}

func TestNobodyPublishesPresence(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	for _, topic := range []string{"rooms/lobby/presence", "rooms/lobby/typing"} {
		cl.publish(topic, "{}", 1, 1)
		if ack := cl.expect(packets.Puback); ack.ReasonCode != packets.ErrTopicNameInvalid.Code {
			t.Errorf("%s: %#x", topic, ack.ReasonCode)
		}
	}
}

// Subscribers of an ephemeral room are told of holes among its events.
func TestGaps(t *testing.T) {
	t.Parallel()
	for _, v := range []byte{4, 5} {
		r := start(t, Options{})
		cl := r.connect(t, v, "c")
		cl.granted(1, "rooms/sensor.a", 1)
		r.say("sensor.a", "1")
		if e := cl.event(); e.Seq != 1 {
			t.Errorf("seq %d", e.Seq)
		}
		lost := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "sensor.a", Seq: 5, Text: "5"})
		if err := r.layer.Publish(t.Context(), "sensor.a", lost); err != nil {
			t.Fatal(err)
		}
		if d, ok := cl.told("rooms/sensor.a").Detail.(*hub.Gap); !ok || *d != (hub.Gap{After: 1, Next: 5}) {
			t.Errorf("told %+v", d)
		}
		if e := cl.event(); e.Seq != 5 {
			t.Errorf("seq %d", e.Seq)
		}
	}
}

// The same views behind a sender that takes events and no frames.
func TestViewsWithoutAConnection(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	m := hubtest.OpenMQTT(t, Chat(chat.New(r.hub)), "kettle")
	defer m.Close() // before the hub
	for _, filter := range []string{"rooms/lobby/typing", "rooms/lobby"} {
		if _, err := m.Subscribe(filter); err != nil {
			t.Fatal(err)
		}
	}
	r.say("lobby", "1")
	if got := m.Hear(); got.Topic != "rooms/lobby" || got.QoS != 1 {
		t.Errorf("heard %+v", got)
	}
	r.types("lobby")
	if got := m.Hear(); got.Topic != "rooms/lobby/typing" || got.QoS != 0 {
		t.Errorf("heard %+v", got)
	}
	m.ReceiveNothing()
}
