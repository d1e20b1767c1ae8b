package mqtt

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A client whose room is removed is hung up on, since nothing else tells it that its
// subscription has ended; one of MQTT 5 is told why. Others stay.
func TestARoomIsRemoved(t *testing.T) {
	r := start(t, Options{})
	v5, v4, other := r.connect(t, 5, "five"), r.connect(t, 4, "four"), r.connect(t, 5, "other")
	v5.granted(1, "rooms/lobby", 1)
	v4.granted(1, "rooms/lobby", 1)
	other.granted(1, "rooms/attic", 1)
	if err := r.hub.DeleteRoom(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	before := v5.ended()
	if n := len(before); n == 0 || before[n-1].FixedHeader.Type != packets.Disconnect || before[n-1].Properties.ReasonString != "The room lobby was removed." {
		t.Errorf("MQTT 5 was told %+v", before)
	}
	if before := v4.ended(); len(before) != 0 {
		t.Errorf("MQTT 3.1.1 was told %+v", before)
	}
	r.say("attic", "still here")
	if e := other.event(); e.Text != "still here" {
		t.Errorf("another room's client got %+v", e)
	}
	back := r.connect(t, 5, "five")
	back.granted(1, "rooms/lobby", 1)
	r.say("lobby", "anew")
	if e := back.event(); e.Text != "anew" || e.Seq != 1 {
		t.Errorf("the next room of the name has %+v", e)
	}
}
