package bots

import (
	"os"
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

// The bots that come with Hubbub do what their transcripts say.
func TestConfigs(t *testing.T) {
	defs, err := Load(filepath.Join("..", "configs", "bots"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range defs {
		ids = append(ids, d.ID)
		if !slices.Equal(d.Rooms, []string{"lobby"}) {
			t.Errorf("%s listens in %v", d.ID, d.Rooms)
		}
		file := strings.TrimSuffix(d.File, ".yaml") + ".transcript"
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 { // some of what they say is one of several
			if faults := Rehearse(t.Context(), d, file, body); faults != nil {
				t.Fatal(faults)
			}
		}
	}
	if want := []string{"dice", "greeter", "kettle", "oncall"}; !slices.Equal(ids, want) {
		t.Errorf("bots %v, want %v", ids, want)
	}
}

// A transcript that is not what the bot does is said line by line.
func TestRehearse(t *testing.T) {
	d, err := Parse("b.yaml", []byte("name: B\nrooms: [lobby]\nrules: [{words: hi, do: [{reply: hello}, {reply: there}]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := Rehearse(t.Context(), d, "b.test", []byte("# a comment\n\nAda: hi\nB: hel*\nB: here\nAda: hi\nB: hello\nAda: ho\nB: what?\nwhat is this\nAda presses x\n"))
	want := []string{
		"b.test:5:1: Another answer: B: there",
		"b.test:6:1: The bot answers, and it is not written: B: there",
		"b.test:9:1: The bot does nothing (more), and that is written: B: what?",
		"b.test:10:1: Nobody does anything here. Write `Ada: text`, `Ada presses Yes`, `kettle (device) sends {…}`, `(all rest)`, or what `B` does.",
		"b.test:11:1: There is no button \"x\" to press.",
	}
	if strings.Join(want, "\n") != got.Error() {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
