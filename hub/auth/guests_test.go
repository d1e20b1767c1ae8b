package auth_test

import (
	"context"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/auth"
)

// states keeps values in memory.
type states map[string][]byte

func (s states) State(_ context.Context, key string) ([]byte, error) { return s[key], nil }

func (s states) SetState(_ context.Context, rows ...hub.State) error {
	for _, row := range rows {
		s[row.Key] = row.Value
	}
	return nil
}

func newGuests(t *testing.T, s states) *auth.Guests {
	t.Helper()
	g, err := auth.NewGuests(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAGuestIsWhoHoldsTheSecret(t *testing.T) {
	kept := states{}
	g := newGuests(t, kept)
	ada, secret, err := g.Enter(" Ada.Holm ü ")
	if err != nil || ada.Name != "Ada.Holm ü" || ada.Kind != hub.Guest || len(ada.ID) != 26 || !ada.Fresh {
		t.Fatalf("entered as %+v, %v", ada, err)
	}
	if other, _, _ := g.Enter("Ada.Holm ü"); other.ID == ada.ID {
		t.Error("two who chose the same name are one guest")
	}
	g = newGuests(t, kept) // after a restart
	ada.Fresh = false
	if again, same, err := g.Return(secret, ""); err != nil || again != ada || same != secret {
		t.Errorf("returned as %+v, %v", again, err)
	}
	renamed, secret2, err := g.Return(secret, "Countess")
	if err != nil || renamed.ID != ada.ID || renamed.Name != "Countess" {
		t.Errorf("renamed to %+v, %v", renamed, err)
	}
	if again, _, err := g.Return(secret2, ""); err != nil || again != renamed {
		t.Errorf("returned after renaming as %+v, %v", again, err)
	}
}

func TestSecretsThatAreNone(t *testing.T) {
	g := newGuests(t, states{})
	_, secret, err := g.Enter("Ada")
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := newGuests(t, states{}).Enter("Ada") // of another hub
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(secret, ".")
	for name, bad := range map[string]string{
		"junk":           "junk",
		"dots":           "...",
		"another hub's":  other,
		"another id":     hub.NewID() + "." + parts[1] + "." + parts[2],
		"another name":   parts[0] + ".Um9vdA." + parts[2],
		"no signature":   parts[0] + "." + parts[1] + ".",
		"a cut one":      secret[:len(secret)-1],
		"a longer one":   secret + "A",
		"moved dots":     parts[0] + parts[1] + ".." + parts[2],
		"without a name": parts[0] + "." + parts[2],
	} {
		if u, _, err := g.Return(bad, ""); hub.CodeOf(err) != hub.Unauthorized {
			t.Errorf("%s: entered as %+v, %v", name, u, err)
		}
	}
	if _, _, err := g.Return(secret, "\x00"); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("a bad new name: %v", err)
	}
	if _, _, err := g.Enter(""); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("no name: %v", err)
	}
}
