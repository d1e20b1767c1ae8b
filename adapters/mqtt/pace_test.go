package mqtt

import (
	"context"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// turnstile lets one event through for each token.
type turnstile struct {
	asked chan string // ids of users
	turn  chan struct{}
}

func (s *turnstile) pace(ctx context.Context, scope *hub.Scope) error {
	s.asked <- scope.User.ID
	select {
	case <-s.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestOrdinaryTopicsArePaced(t *testing.T) {
	t.Parallel()
	gate := &turnstile{asked: make(chan string, 100), turn: make(chan struct{})}
	r := start(t, Options{Pace: gate.pace})
	cl := r.connect(t, 5, "c")
	through := func() {
		t.Helper()
		if id := <-gate.asked; id != "mqtt:c" {
			t.Errorf("%s is asked about", id)
		}
		gate.turn <- struct{}{}
	}
	sub := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: "plain/#"}, {Filter: "rooms/lobby"}, {Filter: "other"}},
	}
	cl.send(sub)
	through()
	through() // what is below rooms/ is the consumer's to pace
	cl.expect(packets.Suback)
	cl.publish("plain/x", "1", 1, 2)
	cl.publish("plain/x", "2", 0, 0)
	<-gate.asked
	if len(gate.asked) > 0 {
		t.Error("it is read on")
	}
	r.say("lobby", "1") // and is delivered to meanwhile
	cl.event()
	gate.turn <- struct{}{}
	types := map[byte]int{}
	for range 2 {
		pk, err := cl.read()
		if err != nil {
			t.Fatal(err)
		}
		types[pk.FixedHeader.Type]++
	}
	if types[packets.Puback] != 1 || types[packets.Publish] != 1 {
		t.Errorf("read %v", types)
	}
	through()
	if pk := cl.expect(packets.Publish); string(pk.Payload) != "2" {
		t.Errorf("read %q", pk.Payload)
	}
	// One that waits does not keep the server from stopping.
	cl.publish("plain/x", "3", 0, 0)
	<-gate.asked
}

// What 3.1.1 has no word for is counted.
func TestRefusedSubscriptionsAreCounted(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, v := range []byte{4, 5} {
		cl := r.connect(t, v, "c")
		for i, filter := range []string{"rooms/NO", "$SYS/#", "a/#/b", "rooms/+/x", "fine"} {
			cl.subscribe(uint16(i+1), filter, 0)
		}
	}
	if n := r.srv.Stats().RefusedSubscribes; n != 8 {
		t.Errorf("%d are counted", n)
	}
}
