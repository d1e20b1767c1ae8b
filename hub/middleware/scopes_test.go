package middleware_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
	"hubbub/hub/middleware"
)

func TestScopes(t *testing.T) {
	var list middleware.Scopes
	app := list.Middleware(func(_ context.Context, s *hub.Scope, _ hub.Sender) (hub.Consumer, error) {
		if s.Path == "/no" {
			return nil, errors.New("no")
		}
		return hub.ConsumerFunc(func(context.Context, hub.Event) error { return nil }), nil
	})
	at := func(second int64) func(*hub.Scope) { return func(s *hub.Scope) { s.Opened = time.Unix(second, 0) } }
	second := hubtest.Open(t, app, hubtest.NewScope(hub.ScopeMQTT, "/", hubtest.As("kettle")).With(at(2)))
	first := hubtest.Open(t, app, hubtest.NewScope(hub.ScopeWebSocket, "/ws", hubtest.As("ada")).With(at(1)))
	if _, err := app(t.Context(), hubtest.NewScope(hub.ScopeHTTP, "/no"), nil); err == nil {
		t.Fatal("it was not refused")
	}
	if all := list.List(); len(all) != 2 || all[0].User.ID != "ada" || all[1].User.Name != "kettle" {
		t.Errorf("open are %v", all)
	}
	first.Close()
	if all := list.List(); len(all) != 1 || all[0].User.Name != "kettle" {
		t.Errorf("open are %v", all)
	}
	second.Close()
}
