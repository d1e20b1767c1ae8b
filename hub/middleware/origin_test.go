package middleware_test

import (
	"context"
	"net/http"
	"testing"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

func TestOrigin(t *testing.T) {
	app := middleware.Origin(hub.Hosts{Names: []string{"chat.example"}})(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
		return &counter{}, nil
	})
	origin := func(o string) http.Header { return http.Header{"Origin": {o}} }
	crossed := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	for _, test := range []struct {
		name    string
		scope   hub.Scope
		refused bool
	}{
		{"a device", hub.Scope{Type: hub.ScopeMQTT}, false},
		{"a program", hub.Scope{Type: hub.ScopeWebSocket, Host: "127.0.0.1:1", Headers: http.Header{}}, false},
		{"its own page", hub.Scope{Type: hub.ScopeWebSocket, Host: "chat.example", Headers: origin("https://chat.example")}, false},
		{"another page", hub.Scope{Type: hub.ScopeWebSocket, Host: "chat.example", Headers: origin("https://evil.example")}, true},
		{"another page's request", hub.Scope{Type: hub.ScopeHTTP, Host: "chat.example", Headers: origin("https://evil.example")}, true},
		{"a name pointed here", hub.Scope{Type: hub.ScopeWebSocket, Host: "evil.example", Headers: origin("https://evil.example")}, true},
		{"a link to the API", hub.Scope{Type: hub.ScopeHTTP, Host: "chat.example", Headers: crossed}, false},
		{"a socket without origin", hub.Scope{Type: hub.ScopeWebSocket, Host: "chat.example", Headers: crossed}, true},
	} {
		consumer, err := app(t.Context(), &test.scope, nil)
		if refused := hub.CodeOf(err) == hub.Forbidden && consumer == nil; refused != test.refused || err == nil == test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
