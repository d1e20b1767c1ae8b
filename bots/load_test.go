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
	if len(d.rules) != 2 || len(d.rules[1].steps[0].(*reply).texts) != 2 {
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
			"a.yaml:1:1: A bot is written as keys and values, with `name`, `rooms`, `conversation`, `idle`, `hear_bots`, `variables`, `rules`. Write `name: …`."}},
		{"syntax", "a.yaml", head + "  - match: \"\\d\"\n    reply: x\n", []string{
			"a.yaml:4:1: This is not YAML: found unknown escape character. Look at this line and the one after it: indentation, quotes, colons."}},
		{"two documents", "a.yaml", head + "  - {match: a, reply: b}\n---\nname: B\n", []string{
			"a.yaml:5:1: A file is one bot. Put what follows `---` into a file of its own."}},
		{"id", "My Bot.yaml", head + "  - {match: a, reply: b}\n", []string{
			"My Bot.yaml:1:1: `My Bot` cannot be the id of a bot. Name the file with 1 to 64 of a-z 0-9 . _ -, such as greeter.yaml."}},
		{"all missing", "a.yaml", "idle: 1m\n", []string{
			"a.yaml:1:1: `name` is missing. Say how others see the bot, such as `name: Greeter`.",
			"a.yaml:1:1: `rooms` is missing. Say where the bot listens, such as `rooms: [lobby]`.",
			"a.yaml:1:1: `rules` is missing. Say what the bot does: a list of rules, such as `- command: /ping` with `reply: pong`."}},
		{"many at once", "a.yaml", "name: A\nroms: [lobby]\nidle: 10\nrules:\n  - command: ping\n    replay: pong\n  - match: '('\n    reply: x\n", []string{
			"a.yaml:1:1: `rooms` is missing. Say where the bot listens, such as `rooms: [lobby]`.",
			"a.yaml:2:1: There is no key `roms` here. Did you mean `rooms`?",
			"a.yaml:3:7: `10` is no length of time. Write a number and a unit, such as 90s, 10m or 2h.",
			"a.yaml:5:14: The command `ping` does not begin with a slash. Write `/ping`, or use `words` for words inside of a message.",
			"a.yaml:6:5: There is no key `replay` here. Did you mean `reply`?",
			"a.yaml:7:12: `match` is no regular expression: missing closing ): `(`. The syntax is at https://pkg.go.dev/regexp/syntax; put it in single quotes."}},
		{"far key", "a.yaml", head + "  - {match: a, reply: b, colour: c}\n", []string{
			"a.yaml:4:26: There is no key `colour` here. Known are `command`, `words`, `match`, `pressed`, `opened`, `closed`, `otherwise`, `when`, `about`, `reply`, `buttons`, `react`, `edit`, `set`, `forget`, `end`, `do`."}},
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
		{"commands", "a.yaml", head + "  - {command: \"/\", reply: x}\n  - {command: /, reply: x}\n  - {command: /c, reply: x}\n  - {command: /c, reply: y}\n", []string{
			"a.yaml:4:15: The command is a slash alone. Add a word, such as `/ping`.",
			"a.yaml:5:15: This rule is never reached: line 4 answers to the same `command`. Remove one of the two.",
			"a.yaml:5:15: The command is a slash alone. Add a word, such as `/ping`.",
			"a.yaml:7:15: This rule is never reached: line 6 answers to the same `command`. Remove one of the two."}},
		{"triggers", "a.yaml", head + "  - reply: x\n  - {command: /c, match: c, reply: x}\n  - just text\n", []string{
			"a.yaml:4:5: The rule never fits. Give it a `command`, such as `command: /ping`, or `words` or a `match`, such as `words: hello`.",
			"a.yaml:5:5: A rule has one trigger, and this one has `command` and `match`. Make two rules of it.",
			"a.yaml:6:5: A rule is written as keys and values, with `command`, `words`, `match`, `pressed`, `opened`, `closed`, `otherwise`, `when`, `about`, `reply`, `buttons`, `react`, `edit`, `set`, `forget`, `end`, `do`. Write `command: …`."}},
		{"replies", "a.yaml", head + "  - {match: a, reply: }\n  - {match: b, reply: [x, '']}\n  - {match: c, reply: []}\n  - match: d\n    reply: {a: b}\n  - {match: e, reply: \"\\0\"}\n", []string{
			"a.yaml:4:23: A reply is empty. Write something, or remove the line.",
			"a.yaml:5:27: A reply is empty. Write something, or remove the line.",
			"a.yaml:6:23: `reply` is empty. Add to the list, such as `reply: pong`.",
			"a.yaml:8:12: A reply is a text. Put it in quotes if it holds one of `{ } [ ] : #`.",
			"a.yaml:9:23: A reply holds the character U+0000, which no message may. Remove it."}},
		{"placeholders", "a.yaml", head + "  - match: (?P<what>a)\n    reply: ${user.nam} ${2} ${what}\n  - command: /b\n    reply: ['${1}', '${args', '${args} $${x} $y']\n", []string{
			"a.yaml:5:14: There is no `${user.nam}` here. Did you mean `user.name`?",
			"a.yaml:5:26: There is no `${2}` here. Known are `data`, `room`, `text`, `user.id`, `user.kind`, `user.name`, `user.via`, `what`, `1`.",
			"a.yaml:7:16: There is no `${1}` here. Known are `args`, `data`, `room`, `text`, `user.id`, `user.kind`, `user.name`, `user.via`.",
			"a.yaml:7:22: An expression begins with `${` and does not end. Add `}`, or write `$${` for the characters `${`."}},
		{"about", "a.yaml", head + "  - {match: a, about: what, reply: x}\n  - {command: /c, about: [x], reply: x}\n  - {command: /d, about: \"a\\nb\", reply: x}\n", []string{
			"a.yaml:4:16: `about` says what a command does, and this rule has none. Remove it.",
			"a.yaml:5:26: `about` is a text. Put it in quotes if it holds one of `{ } [ ] : #`.",
			"a.yaml:6:26: `about` is one line of at most 200 bytes, such as `about: Throws a die.`"}},
		{"usages", "a.yaml", head + "  - command: /a n:it\n    reply: x\n  - command: /b [n:int]\n    reply: x\n  - command: /c n:text [m:word]\n    reply: x\n  - command: /d [n:int=x] then 2n:int n\n    reply: x\n  - command: /e n:9..1 m:a|\n    reply: x\n  - command: /f text:text n:int=3 [open\n    reply: x\n", []string{
			"a.yaml:4:17: There is no kind of argument `it`. Did you mean `int`? A range is written 1..6, a choice low|high.",
			"a.yaml:6:17: What is `n` where it is left out? Write `[n:int=6]`, say.",
			"a.yaml:8:24: `n` takes all that follows, and so is the last argument. Put `m` before it.",
			"a.yaml:10:17: `x` is not a whole number, which `n` has to be.",
			"a.yaml:10:32: `2n` cannot be the name of an argument. Write `name:kind`, with a name of letters, digits and _, such as `sides:int`.",
			"a.yaml:12:17: `9..1` is no range. Write the smallest and the greatest number, such as 1..6.",
			"a.yaml:12:24: `a|` is no choice. Write words of letters and digits with | between them, such as low|high.",
			"a.yaml:14:17: The name `text` is taken. Choose another one for the argument.",
			"a.yaml:14:27: `n` has a value for when it is left out, so put it in brackets: `[n:int=3]`.",
			"a.yaml:14:35: `[open` does not end. Add `]`."}},
		{"expressions", "a.yaml", "variables: {visits: 0, who: \"\"}\n" + head + "  - words: a\n    when: visit > 3\n    reply: ${user.nam + \"x\"} ${visits > who}\n  - words: b\n    when: user.name\n    reply: x\n  - when: filter([1], any([2], true)) == [] or text matches who\n    reply: |\n      one\n        two ${1..9}\n", []string{
			"a.yaml:6:11: There is no `visit` here. Did you mean `visits`?",
			"a.yaml:7:19: There is no `nam` in it. Did you mean `user.name`?",
			"a.yaml:7:39: The expression is not understood: invalid operation: > (mismatched types int and string).",
			"a.yaml:9:11: The expression is not understood: expected bool, but got string.",
			"a.yaml:11:23: One loop over a list cannot stand inside of another. Compute one of them first, with `set`.",
			"a.yaml:14:16: Ranges (`..`) cannot be used here. For a number by chance write `random(1, 6)`."}},
		{"variables", "a.yaml", "variables: {text: 0, a-b: 1, n: 0, l: [x], o: {}, b: true}\n" + head + "  - words: a\n    set: {n: x, l: 5, m: 1, b: \"${n}\"}\n  - words: b\n    set: {n: \"${n} x\", l: \"${text}\"}\n", []string{
			"a.yaml:1:13: The name `text` is taken. Choose another one for the variable.",
			"a.yaml:1:22: `a-b` cannot be a variable. A name is of letters, digits and _, such as `visits`.",
			"a.yaml:1:47: What does `o` begin with? Write a number, true or false, a text (\"\" for an empty one), or a list of texts (`[]`).",
			"a.yaml:6:14: `n` is a whole number, and `x` is not. For what a variable or an expression holds write `${…}`.",
			"a.yaml:6:20: `l` is a list, and `5` is not. For what a variable or an expression holds write `${…}`.",
			"a.yaml:6:23: There is no key `m` here. Known are `n`, `l`, `b`.",
			"a.yaml:6:33: `b` is yes or no, and this is a whole number.",
			"a.yaml:8:14: `n` is a whole number, and this is a text. Let the value be one `${…}`.",
			"a.yaml:8:28: `l` is a list, and this is a text."}},
		{"steps", "a.yaml", head + "  - words: a\n    edit: x\n  - opened:\n    react: 👍\n  - closed: bye\n    end: true\n  - words: b\n    buttons: [x]\n    reply: x\n  - words: c\n    do: [{reply: x, replay: y}]\n    forget: maybe\n  - words: d\n    react: well done\n    set: {a: 1}\n", []string{
			"a.yaml:5:5: `edit` changes the message whose button was pressed, and this rule is not for a press. Use `reply`.",
			"a.yaml:7:5: There is no message here to react to. Use `reply`.",
			"a.yaml:9:5: The conversation ends here anyway. Remove `end`.",
			"a.yaml:11:5: Buttons belong to what is said before them. Put `reply` above.",
			"a.yaml:14:21: There is no key `replay` here. Did you mean `reply`?",
			"a.yaml:15:13: `forget` is true or false.",
			"a.yaml:17:12: `react` is one emoji, such as 👍.",
			"a.yaml:18:10: There is nothing to set. Add `variables` at the top of the file, each with what it begins with, such as `visits: 0`."}},
		{"buttons", "a.yaml", head + "  - words: a\n    reply: x\n    buttons: {ack 1: Acknowledge, later: Later}\n  - pressed: akc n:int\n    reply: x\n  - pressed: later\n    reply: x\n", []string{
			"a.yaml:6:15: Nothing answers the button `ack`. Add a rule with `pressed: ack`. Did you mean `akc`?",
			"a.yaml:7:14: No button of this bot does `akc`. Did you mean `ack`?"}},
		{"never reached", "a.yaml", head + "  - command: /a\n    reply: x\n  - command: /a n:int\n    reply: x\n  - opened: x\n  - opened: y\n  - otherwise: x\n  - words: b\n    reply: x\n  - opened: z\n    when: user.kind == \"guest\"\n", []string{
			"a.yaml:6:14: This rule is never reached: `/a` in line 4 takes whatever follows it. Put that one after this one.",
			"a.yaml:9:13: This rule is never reached: line 8 answers to the same `opened`. Remove one of the two.",
			"a.yaml:11:5: This rule is never reached: `otherwise` in line 10 takes every message. Put that one last."}},
		{"the bot itself", "a.yaml", "conversation: users\nhear_bots: perhaps\n" + head + "  - {match: a, reply: b}\n", []string{
			"a.yaml:1:15: A conversation is with a `user` in whatever room, with a `room`, or with a `user in room`, and not `users`. Did you mean `user`?",
			"a.yaml:2:12: `hear_bots` is true or false."}},
		{"group's name", "a.yaml", head + "  - {match: '(?P<room>a)', reply: x}\n", []string{
			"a.yaml:4:13: The group `room` has the name of something else. Give it another one."}},
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
	f.Add([]byte("name: A\nrooms: [lobby]\nvariables: {n: 0, l: [a]}\nrules:\n  - command: /a [n1:2..9=3] w:words\n    when: n1 > n\n    do: [{set: {n: '${n1}'}}, {reply: &r 'x ${w}', buttons: {a 1: b}}, {react: 👍}]\n  - pressed: a k:int\n    edit: ${k}\n    end: true\n  - closed: *r\n  - otherwise: |\n      ${l[0]}\n"))
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
