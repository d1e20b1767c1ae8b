package main

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"hubbub/hub"
	"hubbub/hub/auth"
	"hubbub/hub/middleware"
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
// bearer token or as ?guest=, or a fresh one named ?name=. Fresh ones and wrong
// secrets count as connects.
type identifier struct {
	guests   *auth.Guests
	hooks    *auth.Hooks
	allowed  bool
	connects *middleware.Connects
	remote   func(*http.Request) netip.AddrPort
}

func (i *identifier) identify(r *http.Request) (hub.User, string, error) {
	user, secret, known, err := i.who(r)
	if known && err == nil { // the secret cannot be guessed: those who have one never wait for others
		return user, secret, nil
	}
	if over := i.connects.Take(i.remote(r).Addr()); over != nil {
		return hub.User{}, "", over
	}
	return user, secret, err
}

// hook says which webhook the token of the path is, and where it writes. Wrong
// tokens count as connects.
func (i *identifier) hook(r *http.Request) (hub.User, string, error) {
	h, err := i.hooks.Find(r.Context(), r.PathValue("token"))
	if err != nil {
		if over := i.connects.Take(i.remote(r).Addr()); over != nil {
			err = over
		}
		return hub.User{}, "", err
	}
	return h.User(), h.Room, nil
}

// who reports whether the user was known before.
func (i *identifier) who(r *http.Request) (_ hub.User, secret string, known bool, err error) {
	if !i.allowed {
		return hub.User{}, "", false, hub.Errorf(hub.Unauthorized, "This hub lets no guests in (auth.guests).")
	}
	q := r.URL.Query()
	secret = q.Get("guest")
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if secret = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || secret == "" {
			return hub.User{}, "", false, hub.Errorf(hub.Unauthorized, "Authorization is Bearer and a guest's secret.")
		}
	}
	if secret != "" {
		u, secret, err := i.guests.Return(secret, q.Get("name"))
		return u, secret, true, err
	}
	name := q.Get("name")
	if name == "" {
		name = "Guest"
	}
	u, secret, err := i.guests.Enter(name)
	return u, secret, false, err
}
