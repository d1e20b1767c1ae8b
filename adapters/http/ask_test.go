package http

import (
	"context"
	"testing"

	"hubbub/hub"
)

func TestAskALoop(t *testing.T) {
	refused := hub.Errorf(hub.Conflict, "No.")
	for _, test := range []struct {
		name string
		run  func(ctx context.Context, c hub.Conn) error
		want string // the answer, or the code of its error
	}{
		{"answers and goes on", func(ctx context.Context, c hub.Conn) error {
			for {
				e, err := c.Receive(ctx)
				if err != nil {
					return err
				}
				_ = c.Send(e)
			}
		}, "asked"},
		{"answers and ends", func(ctx context.Context, c hub.Conn) error {
			e, _ := c.Receive(ctx)
			return c.Send(e)
		}, "asked"},
		{"ends without an answer", func(ctx context.Context, c hub.Conn) error { _, err := c.Receive(ctx); return err }, "internal"},
		{"refuses", func(ctx context.Context, c hub.Conn) error {
			_, _ = c.Receive(ctx)
			return refused
		}, "conflict"},
		{"answers with an error", func(ctx context.Context, c hub.Conn) error {
			e, _ := c.Receive(ctx)
			return c.Send(hub.ErrorEvent(&e, refused))
		}, "conflict"},
		{"does not even ask", func(context.Context, hub.Conn) error { return nil }, "unavailable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			closed := make(chan error, 1)
			app := func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
				c, err := hub.Blocking(test.run)(ctx, s, out)
				return closing{c, closed}, err
			}
			e, err := ask(t.Context(), app, &hub.Scope{Type: hub.ScopeHTTP}, hub.Event{Text: "asked"})
			got := e.Text
			if err != nil {
				got = string(hub.CodeOf(err))
			}
			if got != test.want {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
			if cause := <-closed; (cause != nil) != (test.want == "internal") {
				t.Errorf("closed with %v", cause)
			}
		})
	}
}

// closing tells that its consumer was closed.
type closing struct {
	hub.Consumer
	closed chan<- error
}

func (c closing) Close(ctx context.Context, cause error) {
	c.Consumer.Close(ctx, cause)
	c.closed <- cause
}
