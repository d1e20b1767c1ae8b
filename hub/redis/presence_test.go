package redis

import (
	"testing"
	"time"

	"hubbub/hub"
)

func enters(t testing.TB, l *Layer, user string, wantFirst bool) {
	t.Helper()
	if first, err := l.Enter(t.Context(), "lobby", hub.Participant{ID: user, Name: "of " + l.id}); first != wantFirst || err != nil {
		t.Errorf("%s entered: first %v, %v", user, first, err)
	}
}

func exits(t testing.TB, l *Layer, user string, wantLast bool) {
	t.Helper()
	if last, err := l.Exit(t.Context(), "lobby", user); last != wantLast || err != nil {
		t.Errorf("%s left: last %v, %v", user, last, err)
	}
}

func present(t testing.TB, l *Layer) (ids []string) {
	t.Helper()
	users, count, err := l.Present(t.Context(), "lobby", 100)
	if err != nil || count != len(users) {
		t.Errorf("present are %v, %d, %v", users, count, err)
	}
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

func TestPresenceSpansHubs(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	enters(t, a, "ada", true)
	enters(t, b, "ada", false)
	enters(t, b, "ada", false)
	enters(t, b, "bob", true)
	if !a.reconcile("lobby", "ada", true) { // telling again is no news
		t.Error("the server cannot be reached")
	}
	exits(t, a, "ada", false)
	exits(t, a, "ada", false) // not there any more
	exits(t, a, "bob", false) // not there
	if users, _, err := a.Present(t.Context(), "lobby", 10); err != nil || len(users) != 2 || users[0].ID != "ada" || users[0].Name != "of "+b.id {
		t.Errorf("present are %v, %v", users, err)
	}
	exits(t, b, "ada", false)
	exits(t, b, "ada", true)
	enters(t, a, "bob", false)
	ok(t, b.Close())
	if ids := present(t, a); len(ids) != 1 || ids[0] != "bob" {
		t.Errorf("after the other hub closed, present are %v", ids)
	}
	exits(t, a, "bob", true)
	if keys := a.rdb.Keys(t.Context(), a.opts.Prefix+":*users*").Val(); len(keys) > 0 {
		t.Errorf("left are %v", keys)
	}
}

// The users of a hub that vanished are not present any more after a while; those of
// one that lives are, however long it is.
func TestUsersOfAHubThatVanished(t *testing.T) {
	opts := fresh(hub.ChannelOptions{})
	opts.Presence = 300 * time.Millisecond
	a, b := openAt(t, shared.addr, opts), openAt(t, shared.addr, opts)
	enters(t, a, "ada", true)
	enters(t, a, "bob", true)
	enters(t, b, "bob", false)
	vanish(a)
	if ids := present(t, b); len(ids) != 2 {
		t.Errorf("at once, present are %v", ids)
	}
	eventually(t, "ada is gone", func() bool { return len(present(t, b)) == 1 })
	<-time.After(2 * opts.Presence)
	if ids := present(t, b); len(ids) != 1 || ids[0] != "bob" {
		t.Errorf("present are %v, want bob", ids)
	}
	exits(t, b, "bob", true)
}

// A hub that others took for gone tells of its users again.
func TestUsersOfAHubThatWasSilent(t *testing.T) {
	a, b := pair(t, fresh(hub.ChannelOptions{}))
	enters(t, a, "ada", true)
	enters(t, a, "bob", true)
	ok(t, a.rdb.Del(t.Context(), a.key("users", "lobby"), a.key("where", "lobby"), a.key("who", "lobby"), a.key("hubs", "lobby")).Err())
	enters(t, a, "eve", true)
	eventually(t, "all are present again", func() bool { return len(present(t, b)) == 3 })
}
