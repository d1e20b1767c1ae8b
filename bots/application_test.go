package bots

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hubbub/hub"
)

// sent is a sender that keeps what it is sent.
type sent struct{ events []hub.Event }

func (s *sent) Send(e hub.Event) error {
	s.events = append(s.events, e)
	return nil
}

// answer returns what the bot says to text, "" for nothing.
func answer(t *testing.T, d *Definition, text string) string {
	t.Helper()
	out := &sent{}
	user := hub.Participant{ID: "u1", Name: "Ada", Kind: hub.Person}
	c, err := d.Application()(t.Context(), &hub.Scope{Type: hub.ScopeChat, User: hub.User{ID: user.ID, Name: "old name"}}, out)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context(), nil)
	if err := c.Handle(t.Context(), hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", From: user, Text: text}); err != nil {
		t.Fatal(err)
	}
	switch len(out.events) {
	case 0:
		return ""
	case 1:
		if e := out.events[0]; e.Type != hub.TypeSendMessage || e.Room != "lobby" {
			t.Fatalf("answered %+v", e)
		}
		return out.events[0].Text
	default:
		t.Fatalf("answered %v", out.events)
		return ""
	}
}

func TestRules(t *testing.T) {
	d, err := Parse("a.yaml", []byte(`
name: A
rooms: [lobby]
rules:
  - command: /echo
    reply: ${args}
  - match: '^/echo'
    reply: no such command
  - match: 'my name is (?P<first>\w+)'
    reply: Hello ${first}, not ${user.name} (${user.id})
  - match: '.'
    reply: [heads, tails]
`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                         "",
		"/echo":                    "", // nothing to say
		" /echo  a  b ":            "a  b",
		"/echo\na":                 "a",
		"/echoes":                  "no such command",
		"well, my name is Grace .": "Hello Grace, not Ada (u1)",
	} {
		if got := answer(t, d, text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	seen := map[string]bool{}
	for range 200 {
		seen[answer(t, d, "toss")] = true
	}
	if len(seen) != 2 || !seen["heads"] || !seen["tails"] {
		t.Errorf("tosses: %v", seen)
	}
}

func TestConfigs(t *testing.T) {
	defs, err := Load(filepath.Join("..", "configs", "bots"))
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*Definition{}
	for _, d := range defs {
		byID[d.ID] = d
		if !slices.Equal(d.Rooms, []string{"lobby"}) {
			t.Errorf("%s listens in %v", d.ID, d.Rooms)
		}
	}
	if len(defs) != 3 || byID["greeter"] == nil || byID["kettle"] == nil || byID["dice"] == nil {
		t.Fatalf("bots %v", byID)
	}
	for _, tt := range []struct{ bot, text, want string }{
		{"greeter", "Oh, HELLO there", "Hello Ada!"},
		{"greeter", "/ping", "pong"},
		{"greeter", "/ping now", "pong"},
		{"greeter", "othello", ""},
		{"kettle", "Put the Kettle on", "tea"},
		{"kettle", "pot", ""},
		{"dice", "/dice", "⚀⚁⚂⚃⚄⚅"},
		{"dice", "dice", ""},
	} {
		for range 20 {
			got := answer(t, byID[tt.bot], tt.text)
			ok := got == tt.want
			switch {
			case tt.want == "tea":
				ok = strings.Contains(strings.ToLower(got), "tea")
			case tt.bot == "dice" && tt.want != "":
				ok = got != "" && strings.Contains(tt.want, strings.Fields(got)[0])
			}
			if !ok {
				t.Errorf("%s to %q: got %q, want %q", tt.bot, tt.text, got, tt.want)
			}
		}
	}
	if byID["kettle"].Name != "Kettle" || byID["greeter"].Name != "Greeter" {
		t.Error("names")
	}
}
