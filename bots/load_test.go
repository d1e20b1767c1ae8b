package bots

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	d, err := Parse("some/where/greeter.yml", []byte(`
name: " Greeter "
rooms: [lobby, kitchen]
idle: 90s
rules:
  - command: /ping
    reply: &pong pong
  - match: hello
    reply: [hi, *pong]
`))
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != "greeter" || d.Name != "Greeter" || !slices.Equal(d.Rooms, []string{"lobby", "kitchen"}) || d.Idle != 90*time.Second {
		t.Errorf("got %+v", d)
	}
	if len(d.rules) != 2 || len(d.rules[1].replies) != 2 {
		t.Errorf("rules %+v", d.rules)
	}
}

func TestDefaultIdle(t *testing.T) {
	d, err := Parse("a.yaml", []byte("name: A\nrooms: [lobby]\nrules: [{match: a, reply: b}]\n"))
	if err != nil || d.Idle != DefaultIdle {
		t.Errorf("got %+v, %v", d, err)
	}
}

// head is a file's beginning without faults, of three lines.
const head = "name: A\nrooms: [lobby]\nrules:\n"

func TestFaults(t *testing.T) {
	tests := []struct {
		name, file, body string
		want             []string
	}{
		{"empty file", "a.yaml", "# nothing\n", []string{
			"a.yaml:1:1: The file is empty. Begin with `name: Greeter`."}},
		{"no mapping", "a.yaml", "- a\n", []string{
			"a.yaml:1:1: A bot is written as keys and values, with `name`, `rooms`, `idle`, `rules`. Write `name: …`."}},
		{"syntax", "a.yaml", head + "  - match: \"\\d\"\n    reply: x\n", []string{
			"a.yaml:4:1: This is not YAML: found unknown escape character. Look at this line and the one after it: indentation, quotes, colons."}},
		{"two documents", "a.yaml", head + "  - {match: a, reply: b}\n---\nname: B\n", []string{
			"a.yaml:5:1: A file is one bot. Put what follows `---` into a file of its own."}},
		{"id", "My Bot.yaml", head + "  - {match: a, reply: b}\n", []string{
			"My Bot.yaml:1:1: `My Bot` cannot be the id of a bot. Name the file with 1 to 64 of a-z 0-9 . _ -, such as greeter.yaml."}},
		{"all missing", "a.yaml", "idle: 1m\n", []string{
			"a.yaml:1:1: `name` is missing. Say how others see the bot, such as `name: Greeter`.",
			"a.yaml:1:1: `rooms` is missing. Say where the bot listens, such as `rooms: [lobby]`.",
			"a.yaml:1:1: `rules` is missing. Say what the bot answers to: a list of rules with `command` or `match`, and `reply`."}},
		{"many at once", "a.yaml", "name: A\nroms: [lobby]\nidle: 10\nrules:\n  - command: ping\n    replay: pong\n  - match: '('\n    reply: x\n", []string{
			"a.yaml:1:1: `rooms` is missing. Say where the bot listens, such as `rooms: [lobby]`.",
			"a.yaml:2:1: There is no key `roms` here. Did you mean `rooms`?",
			"a.yaml:3:7: `10` is no length of time. Write a number and a unit, such as 90s, 10m or 2h.",
			"a.yaml:5:5: `reply` is missing. Say what the bot answers, such as `reply: pong`.",
			"a.yaml:5:14: The command `ping` does not begin with a slash. Write `/ping`, or use `match` for words inside of a message.",
			"a.yaml:6:5: There is no key `replay` here. Did you mean `reply`?",
			"a.yaml:7:12: `match` is no regular expression: missing closing ): `(`. The syntax is at https://pkg.go.dev/regexp/syntax; put it in single quotes."}},
		{"far key", "a.yaml", head + "  - {match: a, reply: b, colour: c}\n", []string{
			"a.yaml:4:26: There is no key `colour` here. Known are `command`, `match`, `about`, `reply`."}},
		{"key twice", "a.yaml", "name: A\n" + head + "  - {match: a, reply: b}\n", []string{
			"a.yaml:2:1: `name` is set twice. Remove one."}},
		{"rooms", "a.yaml", "name: A\nrooms: [Lobby, lobby, lobby, [x]]\nrules: [{match: a, reply: b}]\n", []string{
			"a.yaml:2:9: `Lobby` is no room. A room's name is 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit.",
			"a.yaml:2:23: The room `lobby` is listed twice. Remove one.",
			"a.yaml:2:30: A room's name is a text. Put it in quotes if it holds one of `{ } [ ] : #`."}},
		{"room alone", "a.yaml", "name: A\nrooms: lobby\nrules: []\n", []string{
			"a.yaml:2:8: `rooms` is a list, such as `rooms: [lobby]`.",
			"a.yaml:3:8: `rules` is empty. Add to the list, each one beginning with a dash, such as `- command: /ping`."}},
		{"idle", "a.yaml", "idle: -5m\n" + head + "  - {match: a, reply: b}\n", []string{
			"a.yaml:1:7: `-5m` is no length of time. Write a number and a unit, such as 90s, 10m or 2h."}},
		{"commands", "a.yaml", head + "  - {command: /a b, reply: x}\n  - {command: /, reply: x}\n  - {command: /c, reply: x}\n  - {command: /c, reply: y}\n", []string{
			"a.yaml:4:15: The command `/a b` holds a space. A command is one word; what follows it in a message is `${args}`.",
			"a.yaml:5:15: The command is a slash alone. Add a word, such as `/ping`.",
			"a.yaml:7:15: This rule is never reached: line 6 answers to the same `command`. Remove one of the two."}},
		{"triggers", "a.yaml", head + "  - reply: x\n  - {command: /c, match: c, reply: x}\n  - just text\n", []string{
			"a.yaml:4:5: The rule never fits. Give it a `command`, such as `command: /ping`, or a `match`, such as `match: hello`.",
			"a.yaml:5:5: A rule has `command` or `match`, not both. Make two rules of it.",
			"a.yaml:6:5: A rule is written as keys and values, with `command`, `match`, `about`, `reply`. Write `command: …`."}},
		{"replies", "a.yaml", head + "  - {match: a, reply: }\n  - {match: b, reply: [x, '']}\n  - {match: c, reply: []}\n  - match: d\n    reply: {a: b}\n  - {match: e, reply: \"\\0\"}\n", []string{
			"a.yaml:4:23: A reply is empty. Write something, or remove the line.",
			"a.yaml:5:27: A reply is empty. Write something, or remove the line.",
			"a.yaml:6:23: `reply` is empty. Add to the list, such as `reply: pong`.",
			"a.yaml:8:12: A reply is a text. Put it in quotes if it holds one of `{ } [ ] : #`.",
			"a.yaml:9:23: The reply holds the character U+0000, which no message may. Remove it."}},
		{"placeholders", "a.yaml", head + "  - match: (?P<what>a)\n    reply: ${user.nam} ${2} ${what} ${01}\n  - command: /b\n    reply: ['${1}', '${args', '${args} $${x} $y']\n", []string{
			"a.yaml:5:12: There is no placeholder `${user.nam}` here. Did you mean `user.name`?",
			"a.yaml:5:12: There is no placeholder `${2}` here. Known are `room`, `text`, `user.id`, `user.name`, `what`, `1`.",
			"a.yaml:5:12: There is no placeholder `${01}` here. Known are `room`, `text`, `user.id`, `user.name`, `what`, `1`.",
			"a.yaml:7:13: There is no placeholder `${1}` here. Known are `args`, `room`, `text`, `user.id`, `user.name`.",
			"a.yaml:7:21: A placeholder begins with `${` and does not end. Add `}`, or write `$${` for the characters `${`."}},
		{"about", "a.yaml", head + "  - {match: a, about: what, reply: x}\n  - {command: /c, about: [x], reply: x}\n  - {command: /d, about: \"a\\nb\", reply: x}\n", []string{
			"a.yaml:4:23: `about` says what a command does, and this rule has none. Remove it.",
			"a.yaml:5:26: `about` is a text. Put it in quotes if it holds one of `{ } [ ] : #`.",
			"a.yaml:6:26: `about` is one line of at most 200 bytes, such as `about: Throws a die.`"}},
		{"group's name", "a.yaml", head + "  - {match: '(?P<room>a)', reply: x}\n", []string{
			"a.yaml:4:13: The group `room` has the name of a placeholder. Give it another one."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(tt.file, []byte(tt.body))
			var faults Faults
			if !errors.As(err, &faults) || d != nil {
				t.Fatalf("got %v, %v", d, err)
			}
			if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", err, strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestLoadFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := head + "  - {match: a, reply: b}\n"
	write("b.yaml", good)
	write("a.yml", good)
	write(".hidden.yaml", "x")
	write("notes.txt", "x")
	defs, err := Load(dir)
	if err != nil || len(defs) != 2 || defs[0].ID != "a" || defs[1].ID != "b" {
		t.Fatalf("got %v, %v", defs, err)
	}

	write("a.yaml", "name: A\n")
	write("c.yaml", "nam: C\n")
	_, err = Load(dir)
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	var places []string
	for _, f := range faults {
		places = append(places, filepath.Base(f.File))
	}
	if want := []string{"a.yaml", "a.yaml", "a.yml", "c.yaml", "c.yaml", "c.yaml", "c.yaml"}; !slices.Equal(places, want) {
		t.Errorf("faults in %v, want %v:\n%v", places, want, err)
	}
	if want := "The bot `a` is in " + filepath.Join(dir, "a.yaml") + " already. Rename one of the files."; faults[2].Problem != want {
		t.Errorf("got %q, want %q", faults[2].Problem, want)
	}
}

func TestLoadNoFolder(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "  - {match: '(a)', reply: 'x ${1}'}\n"))
	f.Add([]byte(head + "  - command: /a\n    reply: [a, *b]\n"))
	f.Add([]byte("name: &a [*a]\nrooms: *a\nrules: {<<: *a}\n"))
	f.Add([]byte("---\n...\n---\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Parse("a.yaml", body)
		var faults Faults
		switch {
		case (d == nil) == (err == nil):
			t.Fatalf("got %v, %v", d, err)
		case err != nil && !errors.As(err, &faults):
			t.Fatalf("the error is no Faults: %v", err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Column < 1 || fault.Problem == "" {
				t.Errorf("fault %+v", fault)
			}
		}
		if d != nil {
			answer(t, d, "hello /a kettle")
			answer(t, d, "/a b")
		}
	})
}
