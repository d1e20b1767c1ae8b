package main

import (
	"context"
	"net/http"
	"strings"

	"hubbub/hub"
	"hubbub/hub/auth"
)

// closed refuses those who have no account, on every protocol: guests, and
// devices that name only themselves.
func closed(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		if s.User.Kind == hub.Guest || s.User.Kind == hub.Device {
			return nil, hub.Errorf(hub.Unauthorized, "This hub lets no guests in (auth.guests).")
		}
		return app(ctx, s, out)
	}
}

// identifier says who a request belongs to: a guest who shows a secret, as a
// bearer token or as ?guest=, or a fresh one named ?name=.
type identifier struct {
	guests  *auth.Guests
	allowed bool
}

func (i *identifier) identify(r *http.Request) (hub.User, string, error) {
	if !i.allowed {
		return hub.User{}, "", hub.Errorf(hub.Unauthorized, "This hub lets no guests in (auth.guests).")
	}
	q := r.URL.Query()
	secret := q.Get("guest")
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if secret = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || secret == "" {
			return hub.User{}, "", hub.Errorf(hub.Unauthorized, "Authorization is Bearer and a guest's secret.")
		}
	}
	if secret != "" {
		return i.guests.Return(secret, q.Get("name"))
	}
	name := q.Get("name")
	if name == "" {
		name = "Guest"
	}
	return i.guests.Enter(name)
}
