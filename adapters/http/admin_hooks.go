package http

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"hubbub/hub"
)

// AdminHook is an incoming webhook as the operator sees it.
type AdminHook struct {
	ID    string    `json:"id"`
	Room  string    `json:"room"`
	Name  string    `json:"name"` // that its messages are from
	At    time.Time `json:"at"`
	Token string    `json:"token,omitempty"` // of one that was just made, this once
}

// Hooks is what an operator does of incoming webhooks.
type Hooks interface {
	Create(ctx context.Context, room, name string) (AdminHook, error)
	List(ctx context.Context) ([]AdminHook, error)
	Revoke(ctx context.Context, id string) error
}

func (a admin) hooks(w http.ResponseWriter, r *http.Request) {
	all, err := a.opts.Hooks.List(r.Context())
	writeAnswer(w, map[string]any{"hooks": all}, err)
}

func (a admin) makeHook(w http.ResponseWriter, r *http.Request) {
	var q AdminHook
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&q) != nil {
		problemOf(hub.Errorf(hub.Invalid, `Say what it is for: {"room": "lobby", "name": "CI"}.`)).write(w)
		return
	}
	made, err := a.opts.Hooks.Create(r.Context(), q.Room, q.Name)
	writeAnswer(w, made, err)
}

func (a admin) revokeHook(w http.ResponseWriter, r *http.Request) {
	if err := a.opts.Hooks.Revoke(r.Context(), r.PathValue("id")); err != nil {
		problemOf(err).write(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
