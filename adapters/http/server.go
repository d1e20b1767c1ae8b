package http

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"hubbub/hub"
)

// Options of a handler. All without a default must be set.
type Options struct {
	// App serves the API's scopes, which speak chat events.
	App hub.Application
	// Identify says who asks, with the secret that keeps a guest's identity.
	Identify func(*http.Request) (user hub.User, secret string, err error)
	// Hook says who the webhook of the path's {token} is, and to which room it
	// writes; its error refuses the request. Default: there are no webhooks.
	Hook func(*http.Request) (user hub.User, room string, err error)
	// Ready returns nil when the hub can serve, else what is missing.
	Ready func(context.Context) error
	// UI holds the browser's files, with index.html.
	UI fs.FS
	// Mount adds handlers by pattern: sockets. They are behind the guard.
	Mount map[string]http.Handler
	// Hosts are those that requests may name. See [Guard].
	Hosts hub.Hosts
	// Proxies are believed where a request comes from. Default: none.
	Proxies Proxies
	// Secure is what holds where there is https.
	Secure Secure
	// Heartbeat is the time between the comments that keep a quiet stream, with
	// jitter. Default: 20 s.
	Heartbeat time.Duration
	// Stall is how long a stream's reader may take nothing of what is on its way to
	// it, before it is cut off as slow. Default: 10 s.
	Stall time.Duration
	// About is what the hub says of itself. Its Version is in the API's description too.
	About About
}

// Server is the handler of the hub's whole HTTP side.
type Server struct {
	http.Handler
	live *live
}

// Shutdown ends what goes on for longer than an answer takes: polls are answered
// with what they have, and the readers of streams told to come back. It waits until
// they are gone, or ctx ends: then it cuts off who is left.
func (s *Server) Shutdown(ctx context.Context) { s.live.shutdown(ctx) }

// New returns the hub's whole HTTP side.
func New(opts Options) *Server {
	if opts.Heartbeat == 0 {
		opts.Heartbeat = 20 * time.Second
	}
	if opts.Stall == 0 {
		opts.Stall = 10 * time.Second
	}
	mux := http.NewServeMux()
	a := newAPI(opts)
	api := a.handler()
	mux.Handle("/api/", api)
	mux.Handle("/openapi.json", api)
	mux.Handle("/openapi.yaml", api)
	manual := docs()
	mux.Handle("/docs", manual)
	mux.Handle("/docs/", manual)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { ok(w) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := opts.Ready(r.Context()); err != nil {
			newProblem(http.StatusServiceUnavailable, err.Error()).write(w)
			return
		}
		ok(w)
	})
	if opts.Hook != nil {
		mux.HandleFunc("/hooks/{token}", a.hook)
	}
	for pattern, h := range opts.Mount {
		mux.Handle(pattern, h)
	}
	mux.Handle("/", ui(opts.UI))
	return &Server{opts.Secure.handler(mux, opts.Hosts, opts.Proxies), a.live}
}

func ok(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}
