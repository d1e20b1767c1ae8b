package hub

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// ByType routes a scope by its type. A scope whose type has no route is
// refused as [NotFound].
func ByType(routes map[string]Application) Application {
	routes = maps.Clone(routes)
	return func(ctx context.Context, s *Scope, out Sender) (Consumer, error) {
		app, ok := routes[s.Type]
		if !ok {
			return nil, Errorf(NotFound, "Nothing here speaks %s; this hub routes %s.",
				s.Type, strings.Join(slices.Sorted(maps.Keys(routes)), ", "))
		}
		return app(ctx, s, out)
	}
}

// ByChannel routes the scope of a worker ([Work]) by the channel that it serves.
// A channel without a route, and a scope of another type, is refused as
// [NotFound]. A key that is no channel's name panics, as a pattern of ByPath does.
func ByChannel(routes map[string]Application) Application {
	routes = maps.Clone(routes)
	for name := range routes {
		if err := CheckChannelName(name); err != nil {
			panic(err)
		}
	}
	return func(ctx context.Context, s *Scope, out Sender) (Consumer, error) {
		if s.Type != ScopeChannel {
			return nil, Errorf(NotFound, "Only workers on channels are routed here, not %s.", s.Type)
		}
		app, ok := routes[s.Path]
		if !ok {
			return nil, Errorf(NotFound, "Nothing works on the channel %.120s; there is work for %s.",
				s.Path, strings.Join(slices.Sorted(maps.Keys(routes)), ", "))
		}
		return app(ctx, s, out)
	}
}

// ByPath routes a scope by its path. The keys are patterns of net/http's
// ServeMux without method and host, such as "/ws/rooms/{room}"; what they
// match is added to the scope's Params. A path without a route is refused as
// [NotFound]. Patterns that are malformed or conflict panic, as ServeMux does.
func ByPath(routes map[string]Application) Application {
	mux := http.NewServeMux()
	for pattern, app := range routes {
		mux.Handle(pattern, &route{app: app, names: wildcards(pattern)})
	}
	return func(ctx context.Context, s *Scope, out Sender) (Consumer, error) {
		m := &match{}
		mux.ServeHTTP(m, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: s.Path}})
		if m.route == nil {
			return nil, Errorf(NotFound, "Nothing is at %s.", s.Path)
		}
		if len(m.params) > 0 {
			s = s.With(func(c *Scope) { c.Params = slices.Concat(c.Params, m.params) })
		}
		return m.route.app(ctx, s, out)
	}
}

var wildcard = regexp.MustCompile(`\{([^{}$.]+)(?:\.\.\.)?\}`)

func wildcards(pattern string) []string {
	var names []string
	for _, m := range wildcard.FindAllStringSubmatch(pattern, -1) {
		names = append(names, m[1])
	}
	return names
}

// route is the handler that a ServeMux finds; match, as its ResponseWriter,
// carries out what was found. What ServeMux itself writes (a redirect to the
// clean path, a 404) finds no route, and so is a refusal.
type route struct {
	app   Application
	names []string
}

func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m, ok := w.(*match)
	if !ok {
		return
	}
	m.route = rt
	if len(rt.names) > 0 {
		m.params = make(Params, len(rt.names))
		for i, name := range rt.names {
			m.params[i] = Param{name, r.PathValue(name)}
		}
	}
}

type match struct {
	route  *route
	params Params
}

func (*match) Header() http.Header         { return http.Header{} }
func (*match) Write(b []byte) (int, error) { return len(b), nil }
func (*match) WriteHeader(int)             {}
