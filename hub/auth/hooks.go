package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"hubbub/hub"
)

const (
	// hooksState is where the store keeps all hooks.
	hooksState = "auth/hooks"
	// MaxHooks is how many there may be: they are kept in one row.
	MaxHooks = 1000
	// hookBytes is the length of a token, before it is written as text.
	hookBytes = 32
)

// Hook lets whoever has its token write to one room, as itself.
type Hook struct {
	ID   string    `json:"id"`
	Room string    `json:"room"`
	Name string    `json:"name"` // that its messages are from
	At   time.Time `json:"at"`   // when it was made, UTC
}

// User returns who a hook's messages are from.
func (h *Hook) User() hub.User { return hub.User{ID: "hook:" + h.ID, Name: h.Name, Kind: hub.Bot} }

// kept is a hook as the store has it: the token cannot be had from it.
type kept struct {
	Hook
	Sum string `json:"sum"` // SHA-256 of the token
}

// Hooks makes, finds and revokes the tokens of incoming webhooks. The store keeps
// sums of them alone; that a token is 256 random bits is why these need no salt. It
// is safe for concurrent use; on several hubs, hooks are to be made by one at a time.
type Hooks struct {
	states hub.States
	mu     sync.Mutex // of making and revoking
}

// NewHooks returns the hooks that the store keeps.
func NewHooks(states hub.States) *Hooks { return &Hooks{states: states} }

// Create makes a hook for the room, whose messages are from name. The token is
// returned this once. The errors are [hub.Invalid], and [hub.Conflict] where there
// are [MaxHooks].
func (h *Hooks) Create(ctx context.Context, room, name string) (token string, hook Hook, err error) {
	if err := hub.CheckRoomName(room); err != nil {
		return "", Hook{}, err
	}
	if name, err = hub.CleanUserName(name); err != nil {
		return "", Hook{}, err
	}
	secret := make([]byte, hookBytes)
	_, _ = rand.Read(secret) // cannot fail
	token = encoding.EncodeToString(secret)
	hook = Hook{ID: hub.NewID(), Room: room, Name: name, At: time.Now().UTC().Truncate(time.Millisecond)}
	err = h.change(ctx, func(all []kept) ([]kept, error) {
		if len(all) >= MaxHooks {
			return nil, hub.Errorf(hub.Conflict, "There are %d webhooks, and there may be no more. Revoke one first.", MaxHooks)
		}
		return append(all, kept{hook, sum(token)}), nil
	})
	if err != nil {
		return "", Hook{}, err
	}
	return token, hook, nil
}

// List returns all hooks, the oldest first.
func (h *Hooks) List(ctx context.Context) ([]Hook, error) {
	all, err := h.read(ctx)
	hooks := make([]Hook, 0, len(all))
	for _, k := range all {
		hooks = append(hooks, k.Hook)
	}
	return hooks, err
}

// Revoke ends the hook of that id: its token is good for nothing from then on. One
// that is not there is [hub.NotFound].
func (h *Hooks) Revoke(ctx context.Context, id string) error {
	return h.change(ctx, func(all []kept) ([]kept, error) {
		left := slices.DeleteFunc(slices.Clone(all), func(k kept) bool { return k.ID == id })
		if len(left) == len(all) {
			return nil, hub.Errorf(hub.NotFound, "There is no webhook %.64q.", id)
		}
		return left, nil
	})
}

// Find returns the hook whose token it is. A token of none is [hub.NotFound].
func (h *Hooks) Find(ctx context.Context, token string) (Hook, error) {
	all, err := h.read(ctx)
	if err != nil {
		return Hook{}, err
	}
	want := sum(token) // to compare sums tells nothing of a token by the time it takes
	for _, k := range all {
		if k.Sum == want {
			return k.Hook, nil
		}
	}
	return Hook{}, hub.Errorf(hub.NotFound, "There is no such webhook. It may have been revoked.")
}

func (h *Hooks) change(ctx context.Context, change func([]kept) ([]kept, error)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, err := h.read(ctx)
	if err != nil {
		return err
	}
	if all, err = change(all); err != nil {
		return err
	}
	value, err := json.Marshal(all)
	if err == nil {
		err = h.states.SetState(ctx, hub.State{Key: hooksState, Value: value})
	}
	if err != nil {
		return fmt.Errorf("auth: keep webhooks: %w", err)
	}
	return nil
}

func (h *Hooks) read(ctx context.Context) ([]kept, error) {
	value, err := h.states.State(ctx, hooksState)
	if err != nil || value == nil {
		return nil, err
	}
	var all []kept
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, fmt.Errorf("auth: read webhooks: %w", err)
	}
	return all, nil
}

func sum(token string) string {
	s := sha256.Sum256([]byte(token))
	return hex.EncodeToString(s[:])
}
