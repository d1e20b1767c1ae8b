package hub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// Who joins is told who is there, whatever the one before was told: also of those who
// renamed themselves or left, and where another one was faster.
func TestRosterSaysWhoIsThere(t *testing.T) {
	var l MemoryLayer
	var r roster
	ask := func() []Participant {
		t.Helper()
		users, _, err := l.Present(t.Context(), "lobby", MaxPresent)
		must(t, err)
		return users
	}
	check := func(users []Participant) {
		t.Helper()
		got, want := r.present(users), Present{Count: len(users), Users: users}
		plain, err := json.Marshal(&Joined{Present: want})
		must(t, err)
		if byHand := appendDetail(nil, &Joined{Present: got}); string(byHand) != string(plain) {
			t.Errorf("got  %s\nwant %s", byHand, plain)
		}
	}
	enter := func(id, name string) {
		t.Helper()
		_, err := l.Enter(t.Context(), "lobby", Participant{ID: id, Name: name, Kind: Guest})
		must(t, err)
	}
	for i := range 20 {
		enter(fmt.Sprint("user", i), "somebody")
		check(ask())
	}
	early := ask()
	kept := slices.Clone(early)
	_, err := l.Exit(t.Context(), "lobby", "user3")
	must(t, err)
	check(ask())
	enter("user5", "else")
	check(ask())
	enter("user3", "back") // which makes place for more
	late := ask()
	check(late)
	enter("user20", "fast")
	check(ask())
	if got := r.present(late); len(got.Users) != len(late)+1 {
		t.Errorf("who asked earlier is told that %d are there, and there are %d", len(got.Users), len(late)+1)
	}
	some := r.present(late)
	some.Users = some.Users[:2] // of a middleware that hides the others
	if got := appendDetail(nil, &Joined{Present: some}); bytes.Contains(got, []byte("user2")) {
		t.Errorf("told of who was taken out: %s", got)
	}
	check(nil)
	if !slices.Equal(early, kept) {
		t.Error("a list that was handed out has changed")
	}
}
