package http

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hubbub/hub"
)

// session registers who one is.
func (a *api) session(h huma.API) {
	register(h, tagSession, huma.Operation{
		OperationID: "enter", Method: http.MethodPost, Path: "/api/v1/session",
		Summary:     "Enter as a guest",
		Description: "Returns who you are and the secret that keeps it: send it as ?guest= or as a bearer token.",
	}, whoAmI)
	register(h, tagSession, huma.Operation{
		OperationID: "get-session", Method: http.MethodGet, Path: "/api/v1/session",
		Summary: "Say who I am",
	}, whoAmI)
}

type sessionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		User  hub.Participant `json:"user"`
		Guest string          `json:"guest,omitempty" doc:"The secret that keeps this guest"`
	}
}

func whoAmI(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	r, err := requestOf(ctx)
	if err != nil {
		return nil, err
	}
	s, out := r.scope, &sessionOutput{CacheControl: noStore}
	out.Body.User = hub.Participant{ID: s.User.ID, Name: s.User.Name, Kind: s.User.Kind}
	out.Body.Guest = s.Secret
	return out, nil
}
