package http

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hubbub/hub"
)

// api is the REST API. Each request is a scope of its own.
type api struct{ opts Options }

// handler returns the API with its description at /openapi.json.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Hubbub", a.opts.Version)
	config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", nil
	config.AllowAdditionalPropertiesByDefault = true
	// What curl -d sends without being told a type.
	formats := map[string]huma.Format{"application/x-www-form-urlencoded": huma.DefaultJSONFormat}
	maps.Copy(formats, huma.DefaultFormats)
	config.Formats = formats
	h := humago.New(mux, config)
	h.UseMiddleware(a.identify(h))

	huma.Register(h, huma.Operation{
		OperationID: "send-message", Method: http.MethodPost, Path: "/api/v1/rooms/{room}/messages",
		Summary: "Send a message", DefaultStatus: http.StatusCreated,
		Description:  "Answers once the message is in the room's log. The same ref again is the same message.",
		MaxBodyBytes: int64(2 * hub.DefaultMaxEvent),
	}, a.send)
	huma.Register(h, huma.Operation{
		OperationID: "list-messages", Method: http.MethodGet, Path: "/api/v1/rooms/{room}/messages",
		Summary:     "Read a room's log",
		Description: "A page in ascending order: after a seq, before one, or the newest.",
	}, a.history)
	huma.Register(h, huma.Operation{
		OperationID: "enter", Method: http.MethodPost, Path: "/api/v1/session",
		Summary:     "Enter as a guest",
		Description: "Returns who you are and the secret that keeps it: send it as ?guest= or as a bearer token.",
	}, a.session)
	huma.Register(h, huma.Operation{
		OperationID: "get-session", Method: http.MethodGet, Path: "/api/v1/session",
		Summary: "Say who I am",
	}, a.session)
	return withProblems(mux)
}

type scopeKey struct{}

// identify makes the request's scope, or refuses the request.
func (a *api) identify(h huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(ctx)
		user, secret, err := a.opts.Identify(r)
		if err != nil {
			p := problemOf(err)
			if p.Code == hub.RateLimited {
				ctx.SetHeader("Retry-After", "1")
			}
			_ = huma.WriteErr(h, ctx, p.Status, p.Detail)
			return
		}
		next(huma.WithValue(ctx, scopeKey{}, &hub.Scope{
			ID: hub.NewID(), Type: hub.ScopeHTTP, Path: r.URL.Path, User: user, Secret: secret,
			Remote: a.opts.Proxies.RemoteAddr(r), Headers: r.Header, Host: r.Host, Opened: time.Now(),
		}))
	}
}

// ask sends e from the request's scope and returns the answer.
func (a *api) ask(ctx context.Context, e hub.Event) (hub.Event, error) {
	s, ok := ctx.Value(scopeKey{}).(*hub.Scope)
	if !ok {
		return hub.Event{}, problemOf(errors.New("http: a request without a scope"))
	}
	answer, err := ask(ctx, a.opts.App, s, e)
	if err != nil {
		return hub.Event{}, problemOf(err)
	}
	return answer, nil
}

// anyJSON is JSON that is kept as it came.
type anyJSON json.RawMessage

func (anyJSON) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "Any JSON"}
}

func (j *anyJSON) UnmarshalJSON(b []byte) error {
	*j = append((*j)[:0], b...)
	return nil
}

type sendInput struct {
	Room string `path:"room" doc:"The room's name"`
	Body struct {
		Text    string       `json:"text,omitempty" doc:"What is said"`
		Data    anyJSON      `json:"data,omitempty" doc:"Any JSON beside or instead of the text"`
		Ref     string       `json:"ref,omitempty" doc:"Your own reference, at most 64 bytes: sent again, it is the same message"`
		ReplyTo string       `json:"reply_to,omitempty" doc:"Id of the message that this one answers"`
		Buttons []hub.Button `json:"buttons,omitempty" doc:"What readers may press"`
	}
}

type sent struct {
	Room string    `json:"room"`
	ID   string    `json:"id"`
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Ref  string    `json:"ref,omitempty"`
}

type sentOutput struct{ Body sent }

func (a *api) send(ctx context.Context, in *sendInput) (*sentOutput, error) {
	b := &in.Body
	answer, err := a.ask(ctx, hub.Event{
		Type: hub.TypeSendMessage, Room: in.Room,
		Text: b.Text, Data: json.RawMessage(b.Data), Ref: b.Ref, ReplyTo: b.ReplyTo, Buttons: b.Buttons,
	})
	if err != nil {
		return nil, err
	}
	return &sentOutput{Body: sent{answer.Room, answer.ID, answer.Seq, answer.At, answer.Ref}}, nil
}

type historyInput struct {
	Room   string `path:"room" doc:"The room's name"`
	Before int64  `query:"before" default:"-1" doc:"Events below this seq, the newest of them"`
	After  int64  `query:"after" default:"-1" doc:"Events above this seq, the oldest of them"`
	Limit  int    `query:"limit" minimum:"0" doc:"At most so many, up to 1000; default 50"`
}

// event is an entry of a log in an answer.
type event struct{ *hub.Entry }

func (event) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "An event of the room"}
}

type pageBody struct {
	Events []event `json:"events"`
	More   bool    `json:"more" doc:"The log holds more in this direction"`
}

type historyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         pageBody
}

func (a *api) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	q := &hub.HistoryRequest{Limit: in.Limit}
	if in.Before != -1 {
		q.Before = &in.Before
	}
	if in.After != -1 {
		q.After = &in.After
	}
	answer, err := a.ask(ctx, hub.Event{Type: hub.TypeRoomHistory, Room: in.Room, Detail: q})
	if err != nil {
		return nil, err
	}
	out := &historyOutput{CacheControl: "no-store", Body: pageBody{Events: []event{}}}
	if h, ok := answer.Detail.(*hub.History); ok {
		out.Body.More = h.More
		for _, e := range h.Events {
			out.Body.Events = append(out.Body.Events, event{e})
		}
	}
	return out, nil
}

type sessionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		User  hub.Participant `json:"user"`
		Guest string          `json:"guest,omitempty" doc:"The secret that keeps this guest"`
	}
}

func (a *api) session(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	s, ok := ctx.Value(scopeKey{}).(*hub.Scope)
	if !ok {
		return nil, problemOf(errors.New("http: a request without a scope"))
	}
	out := &sessionOutput{CacheControl: "no-store"}
	out.Body.User = hub.Participant{ID: s.User.ID, Name: s.User.Name, Kind: s.User.Kind}
	out.Body.Guest = s.Secret
	return out, nil
}
