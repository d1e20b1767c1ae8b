package hub_test

import (
	"context"
	"fmt"
	"strings"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// language adds to the scope, in a copy, what it has read from its headers, and
// refuses scopes that it cannot serve.
func language(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		lang, _, _ := strings.Cut(s.Headers.Get("Accept-Language"), "-")
		if lang == "" {
			return nil, hub.Errorf(hub.Invalid, "Say which language you speak, with Accept-Language.")
		}
		s = s.With(func(c *hub.Scope) { c.Params = hub.Params{{Name: "lang", Value: lang}} })
		return app(ctx, s, out)
	}
}

// loud is between the consumer and the adapter, in both directions.
func loud(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return app(ctx, s, louder{out})
	}
}

type louder struct{ hub.Sender }

func (l louder) Send(e hub.Event) error {
	if m, ok := e.Detail.(*hub.SocketMessage); ok {
		e = hub.SocketText(strings.ToUpper(string(m.Data)))
	}
	return l.Sender.Send(e)
}

// Finish passes on the power to end the scope.
func (l louder) Finish(cause error) { hub.Finish(l.Sender, cause) }

// Middleware is a function from application to application. The first of a chain
// is the outermost.
func Example_middleware() {
	var t hubtest.Example
	defer t.End()
	app := hub.Chain(hub.Blocking(func(_ context.Context, c hub.Conn) error {
		return c.Send(hub.SocketText("you speak " + c.Scope().Params.Get("lang")))
	}), language, loud)

	speaking := func(lang string) func(*hub.Scope) {
		return func(s *hub.Scope) { s.Headers.Set("Accept-Language", lang) }
	}
	fmt.Println(hubtest.OpenWebSocket(&t, app, "/ws", speaking("de-AT")).Hear())
	fmt.Println(hubtest.Refused(&t, app, hubtest.NewScope(hub.ScopeWebSocket, "/ws")))
	// Output:
	// YOU SPEAK DE
	// invalid: Say which language you speak, with Accept-Language.
}
