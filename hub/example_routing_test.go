package hub_test

import (
	"context"
	"fmt"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// say is an application that says something about its scope, and ends it.
func say(format string, params ...string) hub.Application {
	return hub.Blocking(func(_ context.Context, c hub.Conn) error {
		text := format
		for _, name := range params {
			text = fmt.Sprintf("%s %s=%s", text, name, c.Scope().Params.Get(name))
		}
		return c.Send(hub.SocketText(text))
	})
}

// Routers are applications, so they nest: here by type, then by path, and then by
// a longer path, whose parameters add up.
func Example_routing() {
	var t hubtest.Example
	defer t.End()
	seat := hub.ByPath(map[string]hub.Application{
		"/games/{game}/seats/{seat}": say("player", "game", "seat"),
		"/games/{game}/watch":        say("watcher", "game"),
	})
	app := hub.ByType(map[string]hub.Application{
		hub.ScopeWebSocket: hub.ByPath(map[string]hub.Application{
			"/rooms/{room}":  say("chatter", "room"),
			"/games/{game}/": seat,
		}),
	})

	for _, path := range []string{"/rooms/kitchen", "/games/chess/seats/2", "/games/chess/watch"} {
		fmt.Println(hubtest.OpenWebSocket(&t, app, path).Hear())
	}
	fmt.Println(hubtest.Refused(&t, app, hubtest.NewScope(hub.ScopeWebSocket, "/games/chess/rules")))
	fmt.Println(hubtest.Refused(&t, app, hubtest.NewScope(hub.ScopeMQTT, "/mqtt")))
	// Output:
	// chatter room=kitchen
	// player game=chess seat=2
	// watcher game=chess
	// not_found: Nothing is at /games/chess/rules.
	// not_found: Nothing here speaks mqtt; this hub routes websocket.
}
