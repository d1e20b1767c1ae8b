package mqtt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// changed returns a PUBLISH to a topic with changes.
func changed(topic, payload string, qos byte, id uint16, change ...func(*packets.Packet)) packets.Packet {
	pk := publish(topic, payload, qos, id)
	for _, f := range change {
		f(&pk)
	}
	return pk
}

func retained(pk *packets.Packet) { pk.FixedHeader.Retain = true }

func options(change func(*packets.Subscription)) func(*packets.Packet) {
	return func(pk *packets.Packet) { change(&pk.Filters[0]) }
}

func identifier(id int) func(*packets.Packet) {
	return func(pk *packets.Packet) { pk.Properties.SubscriptionIdentifier = []int{id} }
}

// put publishes at QoS 1 and awaits the acknowledgement.
func (c *client) put(topic, payload string, change ...func(*packets.Packet)) {
	c.t.Helper()
	c.send(changed(topic, payload, 1, 1, change...))
	if ack := c.expect(packets.Puback); ack.ReasonCode >= 0x80 {
		c.t.Fatalf("%s: PUBACK %#x", topic, ack.ReasonCode)
	}
}

// send3 sends one of the packets that acknowledge.
func (c *client) send3(typ byte, id uint16) {
	c.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: typ}, PacketID: id}
	if typ == packets.Pubrel {
		pk.FixedHeader.Qos = 1
	}
	c.send(pk)
}

// next reads the next PUBLISH, and does what its QoS asks for, and those before it.
func (c *client) next() packets.Packet {
	c.t.Helper()
	for {
		pk, err := c.read()
		switch {
		case err != nil:
			c.t.Fatalf("read: %v", err)
		case pk.FixedHeader.Type == packets.Pubrel:
			c.send3(packets.Pubcomp, pk.PacketID)
		case pk.FixedHeader.Type != packets.Publish:
			c.t.Fatalf("read %s; want PUBLISH", packets.PacketNames[pk.FixedHeader.Type])
		case pk.FixedHeader.Qos == 1:
			c.send3(packets.Puback, pk.PacketID)
			return pk
		case pk.FixedHeader.Qos == 2:
			c.send3(packets.Pubrec, pk.PacketID)
			return pk
		default:
			return pk
		}
	}
}

// hear fails unless the next PUBLISH is this one.
func (c *client) hear(topic, payload string, qos byte, retain bool) packets.Packet {
	c.t.Helper()
	pk := c.next()
	if pk.TopicName != topic || string(pk.Payload) != payload || pk.FixedHeader.Qos != qos || pk.FixedHeader.Retain != retain || pk.FixedHeader.Dup {
		c.t.Errorf("got %s %.80q, QoS %d, retain %t, dup %t; want %s %.80q, QoS %d, retain %t",
			pk.TopicName, pk.Payload, pk.FixedHeader.Qos, pk.FixedHeader.Retain, pk.FixedHeader.Dup, topic, payload, qos, retain)
	}
	return pk
}

// deliver publishes at a QoS, and does what that asks for.
func (c *client) deliver(topic, payload string, qos byte, id uint16) {
	c.t.Helper()
	c.publish(topic, payload, qos, id)
	switch qos {
	case 1:
		c.expect(packets.Puback)
	case 2:
		c.expect(packets.Pubrec)
		c.send3(packets.Pubrel, id)
		c.expect(packets.Pubcomp)
	}
}

// Each version and QoS of a publisher against each of a subscriber: all of it, in
// order, at the lower QoS (MQTT 5, 3.8.4), through a window that is smaller.
func TestOrdinaryMessagesArriveInOrder(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	const n = 3 * maxWindow
	each := func(pubV, subV, pubQoS, subQoS byte) {
		topic := fmt.Sprintf("plain/%d/%d/%d/%d", pubV, subV, pubQoS, subQoS)
		sub, pub := r.connect(t, subV, "sub"), r.connect(t, pubV, "pub")
		sub.granted(1, topic, subQoS)
		for i := range n {
			id := uint16(i + 1)
			if pubQoS == 0 {
				id = 0
			}
			pub.deliver(topic, fmt.Sprint(i), pubQoS, id)
		}
		pub.quiet()
		for i := range n {
			sub.hear(topic, fmt.Sprint(i), min(pubQoS, subQoS), false)
		}
		for _, c := range []*client{sub, pub} {
			c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
		}
	}
	for _, versions := range [][2]byte{{4, 4}, {4, 5}, {5, 4}, {5, 5}} {
		for pubQoS := range byte(3) {
			for subQoS := range byte(3) {
				each(versions[0], versions[1], pubQoS, subQoS)
			}
		}
	}
}

// The client's Receive Maximum is kept, over rooms and ordinary topics together; a
// message at QoS 2 has its place until its PUBCOMP, or a PUBREC that refuses it.
func TestReceiveMaximum(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	sub := r.connect(t, 5, "sub", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 2 })
	pub := r.connect(t, 5, "pub")
	sub.granted(1, "a", 1)
	sub.granted(2, "b", 2)
	sub.granted(3, "rooms/lobby", 1)
	pub.put("a", "1")
	pub.deliver("b", "2", 2, 2)
	pub.put("a", "3")
	pub.deliver("b", "4", 0, 0) // in its turn too
	r.say("lobby", "five")
	first, second := sub.expect(packets.Publish), sub.expect(packets.Publish)
	if string(first.Payload) != "1" || string(second.Payload) != "2" || first.PacketID == second.PacketID {
		t.Fatalf("got %+v, %+v", first, second)
	}
	sub.quiet()
	sub.send3(packets.Puback, second.PacketID) // not what acknowledges it
	sub.send3(packets.Pubcomp, second.PacketID)
	sub.send3(packets.Pubrec, second.PacketID)
	for range 2 {
		if rel := sub.expect(packets.Pubrel); rel.PacketID != second.PacketID || rel.ReasonCode != 0 {
			t.Errorf("PUBREL of %d with %#x", rel.PacketID, rel.ReasonCode)
		}
		sub.quiet()
		sub.send3(packets.Pubrec, second.PacketID)
	}
	sub.expect(packets.Pubrel)
	sub.send3(packets.Pubcomp, second.PacketID)
	third, fourth := sub.expect(packets.Publish), sub.expect(packets.Publish)
	if string(third.Payload) != "3" || string(fourth.Payload) != "4" {
		t.Fatalf("got %+v, %+v", third, fourth)
	}
	sub.quiet()
	sub.send3(packets.Puback, third.PacketID)
	sub.event() // the room has its turn
	pub.deliver("b", "refused", 2, 3)
	refused := sub.expect(packets.Publish)
	sub.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrec}, PacketID: refused.PacketID, ReasonCode: packets.ErrQuotaExceeded.Code})
	sub.send3(packets.Puback, first.PacketID)
	sub.send3(packets.Pubrec, 999)
	if rel := sub.expect(packets.Pubrel); rel.ReasonCode != packets.ErrPacketIdentifierNotFound.Code {
		t.Errorf("PUBREL %#x of what is unknown", rel.ReasonCode)
	}
	pub.put("a", "6")
	pub.put("a", "7")
	sub.hear("a", "6", 1, false)
	sub.hear("a", "7", 1, false)
}

// What retained messages come with, and when (MQTT 5, 3.3.1.3, 3.8.3.1; 3.1.1, 3.3.1.3).
func TestRetained(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	pub := r.connect(t, 5, "pub")
	early4, early5, asPublished := r.connect(t, 4, "early4"), r.connect(t, 5, "early5"), r.connect(t, 5, "as")
	early4.granted(1, "home/#", 2)
	early5.granted(1, "home/#", 2)
	asPublished.granted(1, "home/+/temp", 0, options(func(s *packets.Subscription) { s.RetainAsPublished = true }))
	pub.put("home/attic/temp", "20", retained)
	pub.put("home/attic/temp", "21", retained)
	pub.put("home/cellar/temp", "12")
	pub.put("home", "sweet", retained)
	for _, c := range []*client{early4, early5} {
		c.hear("home/attic/temp", "20", 1, false)
		c.hear("home/attic/temp", "21", 1, false)
		c.hear("home/cellar/temp", "12", 1, false)
		c.hear("home", "sweet", 1, false)
	}
	asPublished.hear("home/attic/temp", "20", 0, true)
	asPublished.hear("home/attic/temp", "21", 0, true)
	asPublished.hear("home/cellar/temp", "12", 0, false)

	for _, v := range []byte{4, 5} {
		late := r.connect(t, v, "late")
		for id, want := range map[string][]string{
			"home/#": {"home sweet", "home/attic/temp 21"}, "home/+/temp": {"home/attic/temp 21"}, "home/attic/#": {"home/attic/temp 21"},
			"#": {"home sweet", "home/attic/temp 21"}, "home": {"home sweet"}, "home/attic/temp": {"home/attic/temp 21"}, "+": {"home sweet"},
			"home/+": nil, "home/cellar/temp": nil, "attic": nil, "home/attic/temp/#": {"home/attic/temp 21"},
		} {
			late.granted(1, id, 1)
			var got []string
			for range want {
				pk := late.next()
				if !pk.FixedHeader.Retain || pk.FixedHeader.Qos != 1 {
					t.Errorf("%s: retain %t, QoS %d", id, pk.FixedHeader.Retain, pk.FixedHeader.Qos)
				}
				got = append(got, pk.TopicName+" "+string(pk.Payload))
			}
			late.quiet()
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: %q", id, got)
			}
			late.unsubscribe(2, id)
		}
		late.granted(3, "home", 0)
		late.hear("home", "sweet", 0, true)
		late.granted(4, "home", 0) // again
		late.hear("home", "sweet", 0, true)
	}

	five := r.connect(t, 5, "five")
	handling := func(n byte) func(*packets.Packet) {
		return options(func(s *packets.Subscription) { s.RetainHandling = n })
	}
	five.granted(1, "home", 0, handling(2))
	five.quiet()
	five.granted(2, "home", 0, handling(1)) // it is there
	five.quiet()
	five.granted(3, "home", 0, handling(0))
	five.hear("home", "sweet", 0, true)
	five.unsubscribe(4, "home")
	five.granted(5, "home", 0, handling(1))
	five.hear("home", "sweet", 0, true)
	five.granted(6, "$share/g/home", 0)
	five.quiet()

	pub.put("home", "", retained) // takes it away, and is a message
	early4.hear("home", "", 1, false)
	none := r.connect(t, 5, "none")
	none.granted(1, "home", 0)
	none.quiet()

	own := r.connect(t, 5, "own") // not even its own of an earlier connection
	own.put("mine", "x", retained)
	own = r.connect(t, 5, "own")
	own.granted(1, "mine", 0, options(func(s *packets.Subscription) { s.NoLocal = true }))
	own.quiet()
	if s := r.srv.Stats(); s.Retained != 2 {
		t.Errorf("%d are retained", s.Retained)
	}
}

// There are at most so many, and none is too large: such a one is delivered, and the
// topic retains nothing that is older.
func TestRetainedMessagesAreBounded(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	pub, sub := r.connect(t, 5, "pub"), r.connect(t, 5, "sub")
	sub.granted(1, "large", 0)
	large := strings.Repeat("x", maxRetainedSize)
	pub.put("large", "small", retained)
	sub.hear("large", "small", 0, false)
	pub.put("large", large, retained)
	sub.hear("large", large, 0, false)
	if s := r.srv.Stats(); s.Retained != 0 {
		t.Errorf("%d are retained", s.Retained)
	}
	for i := range maxRetained {
		pub.send(changed(fmt.Sprint("many/", i), "x", 0, 0, retained, func(pk *packets.Packet) {
			if i%2 == 0 {
				pk.Properties.MessageExpiryInterval = 1
			}
		}))
	}
	pub.put("one/more", "x", retained)
	eventually(t, "those that have expired make room", func() bool {
		pub.put("one/more", "x", retained)
		return r.srv.Stats().Retained < maxRetained
	})
	sub.granted(2, "one/more", 0)
	sub.hear("one/more", "x", 0, true)
}

// A topic that is above those that make room is there afterwards.
func TestRetainedAboveWhatHasExpired(t *testing.T) {
	t.Parallel()
	var all topics
	all.keep(&message{topic: "a/b", payload: []byte("x"), expires: time.Now()})
	for i := range maxRetained - 1 {
		all.keep(&message{topic: fmt.Sprint("many/", i), payload: []byte("x")})
	}
	m := &message{topic: "a", payload: []byte("x")}
	if !all.keep(m) {
		t.Error("it is not kept")
	}
	if n := all.root.seek("a", false); n == nil || n.retained != m || all.retained != maxRetained {
		t.Errorf("%+v is there, and %d in all", n, all.retained)
	}
}

// A client gets a message once, however many of its filters match: at the highest QoS
// and with all identifiers (MQTT 5, 3.3.4); but for those of No Local what it sent itself.
func TestOrdinaryFiltersOverlap(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	c, other := r.connect(t, 5, "c"), r.connect(t, 4, "other")
	noLocal := options(func(s *packets.Subscription) { s.NoLocal = true })
	c.granted(1, "a/#", 0, identifier(1))
	c.granted(2, "a/+", 2, identifier(200_000), noLocal)
	c.granted(3, "a/b", 1, identifier(3))
	c.granted(4, "x/#", 1, noLocal)
	identifiers := func(pk packets.Packet) []int {
		ids := slices.Clone(pk.Properties.SubscriptionIdentifier)
		slices.Sort(ids)
		return ids
	}
	other.deliver("a/b", "theirs", 2, 1)
	if ids := identifiers(c.hear("a/b", "theirs", 2, false)); !slices.Equal(ids, []int{1, 3, 200_000}) {
		t.Errorf("identifiers %v", ids)
	}
	c.expect(packets.Pubrel)
	other.deliver("a/c", "", 0, 0)
	if ids := identifiers(c.hear("a/c", "", 0, false)); !slices.Equal(ids, []int{1, 200_000}) {
		t.Errorf("identifiers %v", ids)
	}
	c.send(publish("a/b", "mine", 0, 0))
	if ids := identifiers(c.hear("a/b", "mine", 0, false)); !slices.Equal(ids, []int{1, 3}) {
		t.Errorf("identifiers %v", ids)
	}
	c.send(publish("x/y", "mine", 0, 0))
	c.quiet()
	c.granted(5, "a/b", 0) // renewed, without an identifier
	c.unsubscribe(6, "a/+")
	other.deliver("a/b", "again", 1, 2)
	if ids := identifiers(c.hear("a/b", "again", 0, false)); !slices.Equal(ids, []int{1}) {
		t.Errorf("identifiers %v", ids)
	}
	c.quiet()
}

// The properties of a message pass through (MQTT 5, 3.3.2.3); its time to live is
// what is left of it.
func TestPropertiesPassThrough(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	five, four, slow := r.connect(t, 5, "five"), r.connect(t, 4, "four"), r.connect(t, 5, "slow", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	for _, c := range []*client{five, four, slow} {
		c.granted(1, "a", 1)
	}
	pub := r.connect(t, 5, "pub")
	put := func(payload string, expiry uint32) {
		pub.put("a", payload, withUser("k", "1", "k", "2", "", ""), func(pk *packets.Packet) {
			p := &pk.Properties
			p.PayloadFormat, p.PayloadFormatFlag = 1, true
			p.ContentType, p.ResponseTopic, p.CorrelationData = "text/plain", "reply/to", []byte{0, 1, 255}
			p.MessageExpiryInterval = expiry
		})
	}
	put("one", 60)
	p := five.hear("a", "one", 1, false).Properties
	if !p.PayloadFormatFlag || p.PayloadFormat != 1 || p.ContentType != "text/plain" || p.ResponseTopic != "reply/to" ||
		!slices.Equal(p.CorrelationData, []byte{0, 1, 255}) || p.MessageExpiryInterval == 0 || p.MessageExpiryInterval > 60 ||
		!slices.Equal(p.User, []packets.UserProperty{{Key: "k", Val: "1"}, {Key: "k", Val: "2"}, {}}) {
		t.Errorf("properties %+v", p)
	}
	four.hear("a", "one", 1, false)
	first := slow.expect(packets.Publish)
	put("short", 1)
	put("long", 3600)
	for _, c := range []*client{five, four} {
		c.hear("a", "short", 1, false)
		c.hear("a", "long", 1, false)
	}
	<-time.After(1100 * time.Millisecond) // until it has expired
	slow.send3(packets.Puback, first.PacketID)
	if p := slow.hear("a", "long", 1, false).Properties; p.MessageExpiryInterval < 3590 || p.MessageExpiryInterval > 3599 {
		t.Errorf("%d s are left", p.MessageExpiryInterval)
	}
	five.quiet()
}
