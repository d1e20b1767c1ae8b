package hub_test

import (
	"testing"

	"hubbub/hub"
)

// Who may read a room learns what its bots answer to, from the newest word of each
// bot, and of no other room's.
func TestCommandsOfARoom(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	ada := scope("ada")
	mustPublish(t, h, ada, "lobby", "", "hello")
	mustPublish(t, h, ada, "attic", "", "hello")
	bot := func(id string) *hub.Scope {
		return &hub.Scope{Type: hub.ScopeChat, Via: "bot", User: hub.User{ID: id, Name: "Bot " + id, Kind: hub.Bot}}
	}
	is := func(room, want string) {
		t.Helper()
		list, err := h.Commands(t.Context(), ada, room)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range list.Commands {
			got += c.Command + " of " + c.Bot.ID + " via " + c.Bot.Via + ". "
		}
		if got != want || list.Commands == nil {
			t.Errorf("the commands in %s: %q, want %q", room, got, want)
		}
	}
	is("lobby", "")
	h.Offer(bot("b"), []string{"lobby", "attic"}, []hub.Command{{Command: "/roll"}, {Command: "/dice"}})
	h.Offer(bot("a"), []string{"lobby"}, []hub.Command{{Command: "/roll", Bot: hub.Participant{ID: "somebody else"}}})
	is("lobby", "/dice of b via bot. /roll of a via bot. /roll of b via bot. ")
	is("attic", "/dice of b via bot. /roll of b via bot. ")
	h.Offer(bot("b"), []string{"attic"}, []hub.Command{{Command: "/lamp"}})
	is("lobby", "/roll of a via bot. ")
	is("attic", "/lamp of b via bot. ")
	h.Offer(bot("b"), []string{"attic"}, nil)
	is("attic", "")
	for room, code := range map[string]hub.Code{"nowhere": hub.NotFound, "No Name": hub.Invalid, "dm.a.b": hub.Forbidden} {
		if _, err := h.Commands(t.Context(), ada, room); hub.CodeOf(err) != code {
			t.Errorf("the commands of %s: %v, want %s", room, err, code)
		}
	}
}
