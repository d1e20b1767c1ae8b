package hub_test

import (
	"context"
	"fmt"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// newEcho is a whole application: what a socket says, it hears.
func newEcho(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
	return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
		return out.Send(hub.Event{Type: hub.TypeSocketSend, Detail: e.Detail})
	}), nil
}

// The smallest application. Package websocket shows how it is served.
func Example_echo() {
	var t hubtest.Example // in a test, its *testing.T
	defer t.End()

	ws := hubtest.OpenWebSocket(&t, newEcho, "/ws/echo")
	ws.Say("hello")
	fmt.Println(ws.Hear())
	// Output: hello
}
