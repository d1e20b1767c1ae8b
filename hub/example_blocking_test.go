package hub_test

import (
	"context"
	"fmt"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// interview asks one question after the other. As a loop it reads from top to
// bottom, at the cost of a goroutine a scope; when it returns, the scope ends.
func interview(ctx context.Context, c hub.Conn) error {
	var answers []string
	for _, question := range []string{"What are you called?", "And where from?"} {
		if err := c.Send(hub.SocketText(question)); err != nil {
			return err
		}
		e, err := c.Receive(ctx)
		if err != nil {
			return err // hub.ErrEnded: who was asked has left
		}
		if m, ok := e.Detail.(*hub.SocketMessage); ok {
			answers = append(answers, string(m.Data))
		}
	}
	return c.Send(hub.SocketText("Thank you, " + answers[0] + " from " + answers[1] + "."))
}

// A consumer written as a loop.
func ExampleBlocking() {
	var t hubtest.Example
	defer t.End()

	ws := hubtest.OpenWebSocket(&t, hub.Blocking(interview), "/ws")
	fmt.Println(ws.Hear())
	ws.Say("Ada")
	fmt.Println(ws.Hear())
	ws.Say("London")
	fmt.Println(ws.Hear())
	fmt.Println(ws.Wait())
	// Output:
	// What are you called?
	// And where from?
	// Thank you, Ada from London.
	// <nil>
}
