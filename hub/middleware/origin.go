package middleware

import (
	"context"

	"hubbub/hub"
)

// Origin refuses scopes that another site's page made a browser open, as
// [hub.Forbidden]: those with headers whose Host is not one of hosts, or whose
// Origin is of another host. It is for adapters that no guard stands before. A
// request over HTTP that names no Origin passes: browsers name it wherever a
// request changes something.
func Origin(hosts hub.Hosts) hub.Middleware {
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			if s.Headers == nil { // no browser opened it
				return app(ctx, s, out)
			}
			if err := hosts.Check(s.Host); err != nil {
				return nil, err
			}
			if s.Type != hub.ScopeHTTP || s.Headers.Get("Origin") != "" {
				if err := hub.CheckOrigin(s.Host, s.Headers); err != nil {
					return nil, err
				}
			}
			return app(ctx, s, out)
		}
	}
}
