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
type api struct {
	opts Options
	live *live
}

func newAPI(opts Options) *api {
	a := &api{opts: opts}
	a.live = newLive(a)
	return a
}

// Groups of operations in the API's description.
const (
	tagRooms    = "Rooms"
	tagMessages = "Messages"
	tagLive     = "Live"
	tagSession  = "Session"
)

// handler returns the API with its description at /openapi.json.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Hubbub", a.opts.About.Version)
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
	a.about(h)
	a.live.poll(h)
	mux.HandleFunc("GET "+pathStream, a.live.serveStream)
	describeStream(h.OpenAPI())
	if a.opts.Hook != nil {
		describeHook(h.OpenAPI())
	}
	return withProblems(mux)
}

// register adds an operation to a group of the description.
func register[I, O any](h huma.API, tag string, op huma.Operation, serve func(context.Context, *I) (*O, error)) {
	op.Tags = []string{tag}
	huma.Register(h, op, serve)
}

type requestKey struct{}

// request is what an operation knows of the request that it answers.
type request struct {
	scope   *hub.Scope
	control *http.ResponseController
}

// mayTake has the request last for so long, beside the time that its answer takes.
func (r *request) mayTake(wait time.Duration) {
	// While nothing is read, the time for reading ends the request when it is over.
	_ = r.control.SetReadDeadline(time.Time{}) // a recorder, say, has none
	_ = r.control.SetWriteDeadline(time.Now().Add(wait + writeTime))
}

// nobody is the Security of operations that do not ask who one is.
var nobody = []map[string][]string{}

// identify makes the request's scope, or refuses the request.
func (a *api) identify(h huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if security := ctx.Operation().Security; security != nil && len(security) == 0 {
			next(ctx)
			return
		}
		r, w := humago.Unwrap(ctx)
		s, err := a.scope(r)
		if err != nil {
			p := problemOf(err)
			if p.Code == hub.RateLimited {
				ctx.SetHeader("Retry-After", "1")
			}
			_ = huma.WriteErr(h, ctx, p.Status, p.Detail)
			return
		}
		next(huma.WithValue(ctx, requestKey{}, &request{s, http.NewResponseController(w)}))
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
		Remote: a.opts.Proxies.RemoteAddr(r), Headers: r.Header, Host: r.Host, Query: r.URL.Query(), Opened: time.Now(),
	}, nil
}

// requestOf returns the request that identify found.
func requestOf(ctx context.Context) (*request, error) {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return nil, problemOf(errors.New("http: a request without a scope"))
	}
	return r, nil
}

// ask sends e from the request's scope and returns the answer.
func (a *api) ask(ctx context.Context, e hub.Event) (hub.Event, error) {
	r, err := requestOf(ctx)
	if err != nil {
		return hub.Event{}, err
	}
	answer, err := ask(ctx, a.opts.App, r.scope, e)
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
	r, err := requestOf(ctx)
	if err != nil {
		return err
	}
	if err := tell(ctx, a.opts.App, r.scope, e); err != nil {
		return problemOf(err)
	}
	return nil
}
