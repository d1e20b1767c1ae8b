package auth_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
	"hubbub/hub/auth"
	"hubbub/hub/sqlite"
)

func TestHooks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hubbub.db")
	store, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	hooks := auth.NewHooks(store)
	var making sync.WaitGroup
	tokens := make([]string, 4)
	for i := range tokens {
		making.Go(func() {
			var err error
			if tokens[i], _, err = hooks.Create(t.Context(), fmt.Sprint("room", i), " CI "); err != nil {
				t.Error(err)
			}
		})
	}
	making.Wait()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	if store, err = sqlite.Open(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	hooks = auth.NewHooks(store)
	all, err := hooks.List(t.Context())
	if err != nil || len(all) != len(tokens) {
		t.Fatalf("after a restart there are %+v, %v", all, err)
	}
	row, err := store.State(t.Context(), "auth/hooks")
	if err != nil {
		t.Fatal(err)
	}
	for i, token := range tokens {
		h, err := hooks.Find(t.Context(), token)
		if err != nil || h.Room != fmt.Sprint("room", i) || h.Name != "CI" || h.At.IsZero() || h.User().Kind != hub.Bot {
			t.Errorf("hook %d is %+v, %v", i, h, err)
		}
		if bytes.Contains(row, []byte(token)) || len(token) < 40 {
			t.Errorf("the store has the token %s: %s", token, row)
		}
	}
	first, err := hooks.Find(t.Context(), tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := hooks.Revoke(t.Context(), first.ID); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"a revoked token": func() error { _, err := hooks.Find(t.Context(), tokens[0]); return err }(),
		"no token":        func() error { _, err := hooks.Find(t.Context(), ""); return err }(),
		"revoked twice":   hooks.Revoke(t.Context(), first.ID),
	} {
		if hub.CodeOf(err) != hub.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := hooks.Find(t.Context(), tokens[1]); err != nil {
		t.Errorf("another is revoked too: %v", err)
	}
	for _, wrong := range [][2]string{{"NO", "CI"}, {"lobby", ""}, {"lobby", strings.Repeat("x", 65)}} {
		if _, _, err := hooks.Create(t.Context(), wrong[0], wrong[1]); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
