package hub_test

import (
	"context"
	"slices"
	"testing"

	"hubbub/hub"
)

func TestRouters(t *testing.T) {
	var reached string
	var params hub.Params
	to := func(name string) hub.Application {
		return func(_ context.Context, s *hub.Scope, _ hub.Sender) (hub.Consumer, error) {
			reached, params = name, s.Params
			return nil, nil
		}
	}
	app := hub.ByType(map[string]hub.Application{
		hub.ScopeWebSocket: hub.ByPath(map[string]hub.Application{
			"/ws":              to("chat"),
			"/ws/rooms/{room}": to("room"),
			"/games/": hub.ByPath(map[string]hub.Application{
				"/games/{game}/{rest...}": to("game"),
			}),
		}),
		hub.ScopeMQTT: to("mqtt"),
	})
	for _, test := range []struct {
		typ, path, want string
		params          hub.Params
	}{
		{hub.ScopeWebSocket, "/ws", "chat", nil},
		{hub.ScopeWebSocket, "/ws/rooms/lobby", "room", hub.Params{{"room", "lobby"}}},
		{hub.ScopeWebSocket, "/games/go/board/1", "game", hub.Params{{"game", "go"}, {"rest", "board/1"}}},
		{hub.ScopeMQTT, "/mqtt", "mqtt", nil},
		{hub.ScopeWebSocket, "/ws/", "", nil},
		{hub.ScopeWebSocket, "/ws/rooms/a/b", "", nil},
		{hub.ScopeWebSocket, "//ws", "", nil},
		{hub.ScopeWebSocket, "", "", nil},
		{hub.ScopeHTTP, "/ws", "", nil},
	} {
		reached, params = "", nil
		s := &hub.Scope{Type: test.typ, Path: test.path}
		_, err := app(t.Context(), s, nil)
		if reached != test.want || !slices.Equal(params, test.params) {
			t.Errorf("%s %q reached %q with %v, want %q with %v", test.typ, test.path, reached, params, test.want, test.params)
		}
		if test.want == "" && hub.CodeOf(err) != hub.NotFound {
			t.Errorf("%s %q: %v, want %s", test.typ, test.path, err, hub.NotFound)
		}
		if s.Params != nil {
			t.Errorf("%s %q: the scope was changed", test.typ, test.path)
		}
	}
}

func TestChainRunsTheFirstOutermost(t *testing.T) {
	var order string
	wrap := func(name string) hub.Middleware {
		return func(next hub.Application) hub.Application {
			return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
				order += name
				return next(ctx, s, out)
			}
		}
	}
	app := hub.Chain(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return nil, nil }, wrap("a"), wrap("b"))
	if _, err := app(t.Context(), &hub.Scope{}, nil); err != nil || order != "ab" {
		t.Errorf("order %s, %v", order, err)
	}
}
