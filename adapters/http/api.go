package http

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hubbub/hub"
)

// api is the REST API. Each request is a scope of its own.
type api struct{ opts Options }

// Groups of operations in the API's description.
const (
	tagRooms    = "Rooms"
	tagMessages = "Messages"
	tagSession  = "Session"
)

// handler returns the API with its description at /openapi.json.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Hubbub", a.opts.Version)
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.AllowAdditionalPropertiesByDefault = true
	describe(config.OpenAPI)
	// What curl -d sends without being told a type.
	formats := map[string]huma.Format{"application/x-www-form-urlencoded": huma.DefaultJSONFormat}
	maps.Copy(formats, huma.DefaultFormats)
	config.Formats = formats
	h := humago.New(mux, config)
	h.UseMiddleware(a.identify(h))
	a.rooms(h)
	a.messages(h)
	a.session(h)
	return withProblems(mux)
}

// register adds an operation to a group of the description.
func register[I, O any](h huma.API, tag string, op huma.Operation, serve func(context.Context, *I) (*O, error)) {
	op.Tags = []string{tag}
	huma.Register(h, op, serve)
}

type scopeKey struct{}

// identify makes the request's scope, or refuses the request.
func (a *api) identify(h huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(ctx)
		s, err := a.scope(r)
		if err != nil {
			p := problemOf(err)
			if p.Code == hub.RateLimited {
				ctx.SetHeader("Retry-After", "1")
			}
			_ = huma.WriteErr(h, ctx, p.Status, p.Detail)
			return
		}
		next(huma.WithValue(ctx, scopeKey{}, s))
	}
}

// scope returns the request's scope.
func (a *api) scope(r *http.Request) (*hub.Scope, error) {
	user, secret, err := a.opts.Identify(r)
	if err != nil {
		return nil, err
	}
	return &hub.Scope{
		ID: hub.NewID(), Type: hub.ScopeHTTP, Path: r.URL.Path, User: user, Secret: secret,
		Remote: a.opts.Proxies.RemoteAddr(r), Headers: r.Header, Host: r.Host, Opened: time.Now(),
	}, nil
}

// scopeOf returns the scope that identify made.
func scopeOf(ctx context.Context) (*hub.Scope, error) {
	s, ok := ctx.Value(scopeKey{}).(*hub.Scope)
	if !ok {
		return nil, problemOf(errors.New("http: a request without a scope"))
	}
	return s, nil
}

// ask sends e from the request's scope and returns the answer.
func (a *api) ask(ctx context.Context, e hub.Event) (hub.Event, error) {
	s, err := scopeOf(ctx)
	if err != nil {
		return hub.Event{}, err
	}
	answer, err := ask(ctx, a.opts.App, s, e)
	if err != nil {
		return hub.Event{}, problemOf(err)
	}
	return answer, nil
}

// noStore is the Cache-Control of what is true for a moment.
const noStore = "no-store"

// unexpected is the error of an answer that is none to the question.
func unexpected(answer *hub.Event) error {
	return problemOf(fmt.Errorf("http: unexpected answer %s", answer.Type))
}

// tell sends e, which nothing answers.
func (a *api) tell(ctx context.Context, e hub.Event) error {
	s, err := scopeOf(ctx)
	if err != nil {
		return err
	}
	if err := tell(ctx, a.opts.App, s, e); err != nil {
		return problemOf(err)
	}
	return nil
}
