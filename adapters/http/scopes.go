package http

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"hubbub/hub"
)

// ScopeOptions are those of [Scopes]. The zero value works.
type ScopeOptions struct {
	// Identify says who asks, with the secret that keeps a guest's identity; its
	// error refuses the request. Default: nobody is known.
	Identify func(*http.Request) (user hub.User, secret string, err error)
	// RemoteAddr says where a request comes from. Default: its RemoteAddr.
	RemoteAddr func(*http.Request) netip.AddrPort
	// MaxBody bounds a request's body, in bytes. Default: 64 KiB.
	MaxBody int64
	// Wait bounds how long a request waits for each part of its answer.
	// Default: 60 s.
	Wait time.Duration
	// Logger is told of what no client can be told. Default: slog.Default().
	Logger *slog.Logger
}

func (o ScopeOptions) withDefaults() ScopeOptions {
	if o.Identify == nil {
		o.Identify = func(*http.Request) (hub.User, string, error) { return hub.User{}, "", nil }
	}
	if o.RemoteAddr == nil {
		o.RemoteAddr = Proxies(nil).RemoteAddr
	}
	if o.MaxBody == 0 {
		o.MaxBody = hub.DefaultMaxEvent
	}
	if o.Wait == 0 {
		o.Wait = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// writeTime is how long a client may take none of a part of its answer.
const writeTime = 10 * time.Second

// errNoAnswer ends a request that its consumer does not answer.
var errNoAnswer = hub.Errorf(hub.Unavailable, "There is no answer yet. Try again.")

// Scopes returns a handler that presents each request as a scope of app, whose
// consumer is handed one http.request and answers when it likes: at once, later,
// or in parts. A refusal, and an error of the consumer, is a problem document. The
// scope ends with the last part of the answer, or when the client is gone; an answer
// that breaks off is cut. What pages of other sites may ask is middleware.Origin's
// to say.
func Scopes(app hub.Application, opts ScopeOptions) http.Handler {
	opts = opts.withDefaults()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, secret, err := opts.Identify(r)
		if err != nil {
			problemOf(err).write(w)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, opts.MaxBody))
		if err != nil {
			if _, large := errors.AsType[*http.MaxBytesError](err); large {
				err = hub.Errorf(hub.TooLarge, "A request's body has at most %d bytes here.", opts.MaxBody)
			}
			problemOf(err).write(w)
			return
		}
		s := &hub.Scope{
			ID: hub.NewID(), Type: hub.ScopeHTTP, Path: r.URL.Path, User: user, Secret: secret,
			Remote: opts.RemoteAddr(r), Headers: r.Header, Host: r.Host, Query: r.URL.Query(), Opened: time.Now(),
		}
		a := newReply(w, opts.Wait)
		a.rest()
		err = a.serve(r.Context(), app, s, hub.Event{Type: hub.TypeHTTPRequest, Detail: &hub.HTTPRequest{
			Method: r.Method, Query: r.URL.Query(), Body: body,
		}})
		if err != nil && hub.CodeOf(err) == hub.Internal {
			opts.Logger.Warn("a request was not answered as it should", "scope", s.ID, "path", s.Path, "error", err)
		}
		if a.begun && !a.whole {
			panic(http.ErrAbortHandler) // else the client would take it for whole
		}
	})
}

// causeOf returns what the consumer is told of the end. An answer is the end as it
// should be, also where it is an error.
func (a *reply) causeOf(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cause == nil && a.whole {
		return nil
	}
	return cmp.Or(a.cause, err)
}

// serve opens the scope, and closes it when the request is answered. It returns
// why it was not.
func (a *reply) serve(ctx context.Context, app hub.Application, s *hub.Scope, e hub.Event) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	consumer, err := app(ctx, s, a)
	if err != nil {
		return a.refuse(err)
	}
	handled := make(chan error, 1)
	go func() { handled <- consumer.Handle(ctx, e) }()
	returned, err := a.write(ctx, handled)
	a.end()
	cancel()
	if !returned {
		if late := <-handled; err == nil && !errors.Is(late, context.Canceled) {
			err = late
		}
	}
	consumer.Close(context.WithoutCancel(ctx), a.causeOf(err))
	return err
}
