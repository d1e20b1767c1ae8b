package main

import (
	"context"
	"net/http"
	"net/url"

	httpapi "hubbub/adapters/http"
	"hubbub/hub/auth"
	"hubbub/hub/sqlite"
)

// withHooks has use done through the running hub or, where there is none, with the
// database open.
func (c *Config) withHooks(ctx context.Context, use func(httpapi.Hooks) error) error {
	return c.keep(ctx,
		func(o *operator) error { return use(operatorHooks{o}) },
		func(s *sqlite.Store) error { return use(keptHooks{auth.NewHooks(s)}) })
}

// keptHooks are those of the store, as the operator sees them.
type keptHooks struct{ *auth.Hooks }

var _ httpapi.Hooks = keptHooks{}

func (h keptHooks) Create(ctx context.Context, room, name string) (httpapi.AdminHook, error) {
	token, made, err := h.Hooks.Create(ctx, room, name)
	hook := seen(made)
	hook.Token = token
	return hook, err
}

func (h keptHooks) List(ctx context.Context) ([]httpapi.AdminHook, error) {
	kept, err := h.Hooks.List(ctx)
	all := make([]httpapi.AdminHook, len(kept))
	for i, k := range kept {
		all[i] = seen(k)
	}
	return all, err
}

func seen(h auth.Hook) httpapi.AdminHook {
	return httpapi.AdminHook{ID: h.ID, Room: h.Room, Name: h.Name, At: h.At}
}

// operatorHooks are those of a hub that runs.
type operatorHooks struct{ *operator }

const hooksPath = httpapi.AdminPath + "hooks"

func (o operatorHooks) Create(ctx context.Context, room, name string) (made httpapi.AdminHook, err error) {
	err = o.ask(ctx, http.MethodPost, hooksPath, httpapi.AdminHook{Room: room, Name: name}, &made)
	return made, err
}

func (o operatorHooks) List(ctx context.Context) ([]httpapi.AdminHook, error) {
	var answer struct{ Hooks []httpapi.AdminHook }
	err := o.ask(ctx, http.MethodGet, hooksPath, nil, &answer)
	return answer.Hooks, err
}

func (o operatorHooks) Revoke(ctx context.Context, id string) error {
	return o.ask(ctx, http.MethodDelete, hooksPath+"/"+url.PathEscape(id), nil, nil)
}
