package mqtt

import (
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A place for which what waited has expired goes to the next one in line.
func TestAPlaceThatIsNotNeeded(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 })
	pub := r.connect(t, 5, "pub")
	cl.granted(1, "a", 1)
	cl.granted(2, "rooms/lobby", 1)
	pub.put("a", "first")
	out := cl.expect(packets.Publish)
	pub.put("a", "short", func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = 1 })
	expired := time.After(1100 * time.Millisecond)
	r.say("lobby", "second")
	w := &r.srv.session("c").window
	eventually(t, "the room is in line behind it", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.waiting) == 2
	})
	<-expired
	cl.ack(out)
	if e := cl.event(); e.Text != "second" {
		t.Errorf("got %+v", e)
	}
}

// One that leaves after it was called on, and before it has come, has the next one called.
func TestATurnThatIsLeft(t *testing.T) {
	t.Parallel()
	w := window{size: 1}
	came := ""
	first := turn{come: func() { came += "1" }}
	second := turn{come: func() { came += "2" }}
	w.mu.Lock()
	id, _ := w.next(1)
	w.wait(&first)
	w.wait(&second)
	w.mu.Unlock()
	w.acknowledge(id)
	if came != "1" {
		t.Fatalf("%q came", came)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leave(&first); came != "12" {
		t.Errorf("%q came", came)
	}
}
