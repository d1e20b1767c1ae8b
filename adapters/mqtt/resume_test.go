package mqtt

import (
	"testing"

	"hubbub/hub/hubtest"
)

// Promise 5: a subscriber whose wire is cut goes on where it was.
func TestASubscriberGoesOnAfterACut(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	wire := hubtest.NewProxy(t, r.addr)
	through := *r
	through.addr = wire.Addr()

	r.say("lobby", numbers(100)...)
	sub := through.connect(t, 5, "kettle")
	ack := sub.granted(1, "rooms/lobby", 1, withUser("since", "0"))
	epoch := user(&ack, "epoch")
	sub.events(1, 40)
	wire.Stall(hubtest.ToClient)
	r.say("lobby", numbers(100)...)
	wire.Cut()
	sub.ended() // what was on its way is lost
	wire.Resume()

	sub = through.connect(t, 5, "kettle")
	ack = sub.granted(1, "rooms/lobby", 1, withUser("since", "40", "epoch", epoch))
	if user(&ack, "recovered") != "true" {
		t.Errorf("SUBACK %+v", ack.Properties.User)
	}
	sub.events(41, 200)
	sub.quiet()
}
