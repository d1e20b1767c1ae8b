package hubtest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"hubbub/hub"
)

// HTTP is a request without a network.
type HTTP struct {
	*Conn
}

// OpenHTTP sends a request to an application of requests' own events. target is a
// path, with a query where there is one. The consumer may answer when it likes:
// nothing is waited for. See [Open], and [NewScope] for changes.
func OpenHTTP(t TB, app hub.Application, method, target, body string, changes ...func(*hub.Scope)) *HTTP {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatalf("hubtest: %v", err)
		return nil
	}
	c := open(t, app, NewScope(hub.ScopeHTTP, u.Path, changes...), request())
	e := hub.Event{Type: hub.TypeHTTPRequest, Detail: &hub.HTTPRequest{Method: method, Query: u.Query(), Body: []byte(body)}}
	handled := c.start(e)
	go func() {
		if err := <-handled; err != nil {
			_ = (*sender)(c).Send(hub.ErrorEvent(&e, err)) // where it has ended already, it was answered
		}
	}()
	return &HTTP{Conn: c}
}

// request is the kind of one request's scope.
func request() kind {
	said := false // something, before it finishes
	return kind{
		takes: func(e *hub.Event) error {
			switch e.Detail.(type) {
			case *hub.HTTPResponse, *hub.Problem:
				return nil
			default:
				return hub.Errorf(hub.Invalid, "A request's scope sends %s, or an error.", hub.TypeHTTPResponse)
			}
		},
		ends: func(e *hub.Event) bool {
			said = true
			r, ok := e.Detail.(*hub.HTTPResponse)
			return !ok || !r.More
		},
		finishes: func(cause error) *hub.Event {
			switch {
			case cause == nil && said:
				return &hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{}}
			case cause == nil:
				cause = errors.New("hubtest: the consumer ended without an answer")
			}
			e := hub.ErrorEvent(&hub.Event{}, cause)
			return &e
		},
	}
}

// Part returns the next part of the answer: the first says the status.
func (h *HTTP) Part() *hub.HTTPResponse {
	h.t.Helper()
	e := h.await("a response", func(*hub.Event) bool { return true })
	r, ok := e.Detail.(*hub.HTTPResponse)
	if !ok {
		h.t.Fatalf("hubtest: %s: a response was awaited, and %s came%s", h, describe(&e), h.said())
		return &hub.HTTPResponse{}
	}
	return r
}

// Response waits until the request is answered and the consumer closed, and
// returns the answer, with the bodies of its parts put together.
func (h *HTTP) Response() *hub.HTTPResponse {
	h.t.Helper()
	first := h.Part()
	whole := *first
	if whole.Status == 0 {
		whole.Status = http.StatusOK
	}
	for part := first; part.More; {
		part = h.Part()
		whole.Body = append(slices.Clip(whole.Body), part.Body...)
	}
	whole.More = false
	_ = h.Wait() // there is no cause beside what it said
	return &whole
}

// Problem waits until the request is answered with an error, and returns it.
func (h *HTTP) Problem() *hub.Problem {
	h.t.Helper()
	e := h.Await(hub.TypeError)
	_ = h.Wait() // there is no cause beside what it said
	p, _ := e.Detail.(*hub.Problem)
	return p
}
