// Package auth says who someone is.
//
// A guest is the holder of a secret given at entry: whoever shows it again is
// the same guest, whatever happened to the hub between. A webhook is the holder of
// a token that may write to one room.
package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"hubbub/hub"
)

// keyState is where the store keeps the key that guests' secrets are signed with.
const keyState = "auth/guests/key"

var encoding = base64.RawURLEncoding

// Guests gives and checks the secrets of guests. A secret is the guest's id and
// name, signed: nothing is stored for a guest. It is safe for concurrent use.
type Guests struct{ key []byte }

// NewGuests returns the guests of the hub whose key the store keeps.
func NewGuests(ctx context.Context, states hub.States) (*Guests, error) {
	key, err := states.State(ctx, keyState)
	if err == nil && key == nil {
		key = make([]byte, sha256.Size)
		_, _ = rand.Read(key) // cannot fail
		err = states.SetState(ctx, hub.State{Key: keyState, Value: key})
	}
	if err != nil {
		return nil, fmt.Errorf("auth: key of guests: %w", err)
	}
	return &Guests{key: key}, nil
}

// Enter makes a new guest.
func (g *Guests) Enter(name string) (u hub.User, secret string, err error) {
	if name, err = hub.CleanUserName(name); err != nil {
		return hub.User{}, "", err
	}
	u = hub.User{ID: hub.NewID(), Name: strings.Clone(name), Kind: hub.Guest, Fresh: true} // it may be a part of a request
	return u, g.secret(u), nil
}

// Return returns the guest who holds secret. A name that is not empty is the
// guest's from now on, and in the secret returned.
func (g *Guests) Return(secret, name string) (hub.User, string, error) {
	u, ok := g.check(secret)
	if !ok {
		return hub.User{}, "", hub.Errorf(hub.Unauthorized, "This guest's secret is not valid here. Enter anew with a name.")
	}
	if name == "" {
		return u, secret, nil
	}
	var err error
	if name, err = hub.CleanUserName(name); err != nil {
		return hub.User{}, "", err
	}
	u.Name = strings.Clone(name)
	return u, g.secret(u), nil
}

func (g *Guests) secret(u hub.User) string {
	body := u.ID + "." + encoding.EncodeToString([]byte(u.Name))
	return body + "." + encoding.EncodeToString(g.sign(body))
}

func (g *Guests) check(secret string) (hub.User, bool) {
	end := strings.LastIndexByte(secret, '.')
	if end < 0 {
		return hub.User{}, false
	}
	mac, err := encoding.DecodeString(secret[end+1:])
	if err != nil || !hmac.Equal(mac, g.sign(secret[:end])) {
		return hub.User{}, false
	}
	id, encoded, _ := strings.Cut(secret[:end], ".")
	name, err := encoding.DecodeString(encoded)
	return hub.User{ID: strings.Clone(id), Name: string(name), Kind: hub.Guest}, err == nil
}

func (g *Guests) sign(body string) []byte {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte("guest:" + body))
	return h.Sum(nil)
}
