package hub_test

import (
	"context"
	"fmt"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// counter is the consumer of one scope. It is handed one event at a time, so its
// state needs no lock.
type counter struct {
	out      hub.Sender
	messages int
}

func (c *counter) Handle(context.Context, hub.Event) error {
	c.messages++
	if c.messages == 3 {
		return c.out.Send(hub.Event{Type: hub.TypeSocketClose, Detail: &hub.SocketClose{Code: 1008, Reason: "three are enough"}})
	}
	return c.out.Send(hub.SocketText(fmt.Sprintf("That was message %d.", c.messages)))
}

// Close is called once, whatever ended the scope.
func (c *counter) Close(_ context.Context, cause error) {
	fmt.Println("closed after", c.messages, "messages:", cause)
}

// A consumer that keeps state on itself: each scope has its own.
func Example_state() {
	var t hubtest.Example
	defer t.End()
	app := func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return &counter{out: out}, nil
	}

	ws := hubtest.OpenWebSocket(&t, app, "/ws")
	other := hubtest.OpenWebSocket(&t, app, "/ws")
	ws.Say("one")
	ws.Say("two")
	other.Say("one")
	fmt.Println(ws.Hear())
	fmt.Println(ws.Hear())
	fmt.Println(other.Hear())
	ws.Say("three")
	fmt.Println(ws.Closed().Reason)
	other.Break(fmt.Errorf("the network is gone"))
	// Output:
	// That was message 1.
	// That was message 2.
	// That was message 1.
	// closed after 3 messages: <nil>
	// three are enough
	// closed after 1 messages: the network is gone
}
