package mqtt

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
)

func identified(id int) func(*packets.Packet) {
	return func(pk *packets.Packet) { pk.Properties.SubscriptionIdentifier = []int{id} }
}

// hears reads a PUBLISH of a room's event, acknowledges it and returns it.
func (c *client) hears(topic string, seq int64, qos byte) packets.Packet {
	c.t.Helper()
	pk := c.expect(packets.Publish)
	e, err := hub.ParseEvent(pk.Payload)
	if err != nil || pk.TopicName != topic || e.Seq != seq || pk.FixedHeader.Qos != qos {
		c.t.Fatalf("%s QoS %d %s, %v; want %s %d at QoS %d", pk.TopicName, pk.FixedHeader.Qos, pk.Payload, err, topic, seq, qos)
	}
	c.ack(pk)
	return pk
}

func TestAllRooms(t *testing.T) {
	t.Parallel()
	for _, v := range []byte{4, 5} {
		r := start(t, Options{})
		r.say("old", "1")
		cl := r.connect(t, v, "watcher")
		cl.granted(1, "rooms/+", 1)
		r.say("old", "2")
		cl.hears("rooms/old", 2, 1)
		r.say("new", "1")
		cl.hears("rooms/new", 1, 1)
		r.types("new") // not in rooms/+
		r.say("sensor.a", "1")
		cl.hears("rooms/sensor.a", 1, 1)
		r.say("new", "2") // and with it, that somebody typed there has passed
		cl.hears("rooms/new", 2, 1)
		if ack := cl.subscribe(2, "rooms/+/typing", 1); ack.ReasonCodes[0] != 0 {
			t.Errorf("typing is granted %#x", ack.ReasonCodes[0])
		}
		cl.quiet() // what is told once is not told while the SUBACK leaves
		r.types("new")
		if e := cl.told("rooms/new/typing"); e.From.Name != "Ann" {
			t.Errorf("told %+v", e)
		}
		cl.unsubscribe(3, "rooms/+")
		cl.quiet()
		r.say("old", "3")
		r.types("old")
		cl.told("rooms/old/typing")
		cl.unsubscribe(4, "rooms/+/typing")
		r.types("old")
		r.say("newest", "1")
		cl.quiet()
	}
}

func TestEverythingButTheText(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "watcher")
	cl.granted(1, "rooms/#", 1)
	r.say("a", "1")
	cl.hears("rooms/a", 1, 1)
	other := r.connect(t, 5, "other")
	other.granted(1, "rooms/b", 0)
	if d, ok := cl.told("rooms/b/presence").Detail.(*hub.PresenceChanged); !ok || d.Joined[0].Name != "other" || d.Count != 1 {
		t.Errorf("presence %+v", d)
	}
	r.types("b")
	cl.told("rooms/b/typing")
	cl.granted(2, "rooms/+/text", 0)
	r.say("b", "hi")
	got := map[string]string{}
	for range 2 {
		pk := cl.expect(packets.Publish)
		got[pk.TopicName] = string(pk.Payload)
		cl.ack(pk)
	}
	if len(got) != 2 || got["rooms/b/text"] != "Ann: hi" {
		t.Errorf("got %v", got)
	}
	cl.quiet()
}

// One delivery, however many filters match, at the highest QoS, with all identifiers.
func TestOverlappingFilters(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/lobby", 0, identified(1))
	cl.granted(2, "rooms/+", 1, identified(2), func(pk *packets.Packet) { pk.Filters[0].NoLocal = true })
	cl.granted(3, "rooms/#", 0, identified(300))
	next := func(topic string, seq int64, qos byte, ids ...int) {
		t.Helper()
		pk := cl.hears(topic, seq, qos)
		if got := slices.Sorted(slices.Values(pk.Properties.SubscriptionIdentifier)); !slices.Equal(got, ids) {
			t.Errorf("identifiers %v; want %v", got, ids)
		}
	}
	cl.deaf = "rooms/lobby/presence" // told once at most, and maybe before it listens to that
	r.say("lobby", "1")
	next("rooms/lobby", 1, 1, 1, 2, 300)
	r.say("other", "1")
	next("rooms/other", 1, 1, 2, 300)
	// Its own: not because of the filter that says No Local.
	cl.publish("rooms/lobby", "mine", 0, 0)
	next("rooms/lobby", 2, 0, 1, 300)
	cl.unsubscribe(4, "rooms/#")
	cl.publish("rooms/other", "mine", 0, 0)
	cl.publish("rooms/lobby", "mine", 0, 0)
	next("rooms/lobby", 3, 0, 1)
	cl.unsubscribe(5, "rooms/lobby")
	cl.publish("rooms/lobby", "mine", 1, 1)
	cl.expect(packets.Puback)
	r.say("lobby", "5")
	next("rooms/lobby", 5, 1, 2)
	cl.granted(6, "rooms/+", 0) // renewed, without identifier and No Local
	cl.publish("rooms/lobby", "mine", 0, 0)
	next("rooms/lobby", 6, 0)
	cl.quiet()
}

func TestNoSinceForAllRooms(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	if ack := cl.subscribe(1, "rooms/+", 1, withUser(PropertySince, "1")); ack.ReasonCodes[0] != packets.ErrTopicFilterInvalid.Code {
		t.Errorf("granted %#x", ack.ReasonCodes[0])
	}
	r.say("lobby", "1")
	cl.quiet()
}

// Who follows all rooms and also comes to one of them, and goes, and renews, misses
// nothing there and gets nothing twice.
func TestComingAndGoingWhileAllRoomsAreFollowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		always  string
		at      byte
		filters []string
		qos     byte
	}{
		{"rooms/+", 0, []string{"rooms/lobby", "rooms/lobby/typing"}, 0},
		{"rooms/+", 1, []string{"rooms/lobby", "rooms/lobby/typing"}, 1},
		{"rooms/lobby", 0, []string{"rooms/+", "rooms/lobby/typing"}, 1}, // which end that its packets are shared
	} {
		const events = 300
		r := startWith(t, Options{}, nil, func(o *hub.Options) { o.Idle = 20 * time.Millisecond }) // it is let go all the time
		cl := r.connect(t, 5, "c")
		cl.granted(1, c.always, c.at)
		said := make(chan struct{})
		go func() {
			defer close(said)
			for i := range events {
				r.say("lobby", fmt.Sprint(i))
				if rand.IntN(8) == 0 {
					<-time.After(time.Duration(rand.IntN(50)) * time.Millisecond)
				}
			}
		}()
		named, id := map[string]bool{}, uint16(1)
		answered, acks := true, 0
		for seq := int64(1); seq <= events || !answered; {
			if answered {
				id = max(id+1, 1)
				filter := c.filters[rand.IntN(len(c.filters))]
				pk := packets.Packet{
					FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: id,
					Filters: packets.Subscriptions{{Filter: filter, Qos: c.qos}},
				}
				if named[filter] && rand.IntN(3) > 0 {
					pk.FixedHeader.Type = packets.Unsubscribe
				}
				named[filter] = pk.FixedHeader.Type == packets.Subscribe
				cl.send(pk)
				answered = false
			}
			pk, err := cl.read()
			if err != nil {
				t.Fatal(err)
			}
			if pk.FixedHeader.Type != packets.Publish {
				answered = true
				acks++
				continue
			}
			cl.ack(pk)
			if e, err := hub.ParseEvent(pk.Payload); err != nil || e.Seq != seq {
				t.Fatalf("QoS %d: %s, %v; want seq %d", c.qos, pk.Payload, err, seq)
			}
			seq++
		}
		<-said
		cl.quiet()
		if t.Logf("%d events while it subscribed and unsubscribed %d times", events, acks); acks < 20 {
			t.Error("that is not often")
		}
	}
}

func TestAllRoomsWithoutAConnection(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	m := hubtest.OpenMQTT(t, Chat(chat.New(r.hub)), "kettle")
	defer m.Close() // before the hub
	for _, filter := range []string{"rooms/+", "rooms/#"} {
		if _, err := m.Subscribe(filter); err != nil {
			t.Fatal(err)
		}
	}
	r.say("a", "1")
	if got := m.Hear(); got.Topic != "rooms/a" || got.QoS != 1 {
		t.Errorf("heard %+v", got)
	}
	m.Unsubscribe("rooms/+")
	r.say("b", "1")
	if got := m.Hear(); got.Topic != "rooms/b" {
		t.Errorf("heard %+v", got)
	}
	m.Unsubscribe("rooms/#")
	r.say("c", "1")
	m.ReceiveNothing()
}
