package bots

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"hubbub/hub"
)

const maxAbout = 200 // bytes of what a command says of itself

// reader walks the YAML of one file. It goes on after a fault, so that all of
// them are found at once.
type reader struct {
	file   string
	faults Faults
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, max(n.Line, 1), max(n.Column, 1), fmt.Sprintf(format, args...)})
}

// definition reads the document's root.
func (r *reader) definition(id string, root *yaml.Node) *Definition {
	d := &Definition{ID: id, Idle: DefaultIdle, File: r.file}
	fields := r.mapping(root, "A bot", "name", "rooms", "idle", "rules")
	if fields == nil {
		return d
	}
	if n := r.need(root, fields, "name", "Say how others see the bot, such as `name: Greeter`."); n != nil {
		d.Name = r.name(n)
	}
	if n := r.need(root, fields, "rooms", "Say where the bot listens, such as `rooms: [lobby]`."); n != nil {
		d.Rooms = r.rooms(n)
	}
	if n := fields["idle"]; n != nil {
		d.Idle = r.idle(n)
	}
	if n := r.need(root, fields, "rules", "Say what the bot answers to: a list of rules with `command` or `match`, and `reply`."); n != nil {
		d.rules = r.rules(n)
		for i := range d.rules {
			if c, ok := d.rules[i].trigger.(command); ok {
				d.commands = append(d.commands, hub.Command{Command: string(c), Usage: string(c), About: d.rules[i].about})
			}
		}
	}
	return d
}

func (r *reader) name(n *yaml.Node) string {
	text, ok := r.text(n, "`name`")
	if !ok {
		return ""
	}
	name, err := hub.CleanUserName(text)
	if err != nil {
		r.fault(n, "%s", hub.ProblemOf(err).Message)
	}
	return name
}

func (r *reader) rooms(n *yaml.Node) []string {
	var rooms []string
	seen := map[string]bool{}
	for _, item := range r.list(n, "`rooms`", "such as `rooms: [lobby]`") {
		room, ok := r.text(item, "A room's name")
		if !ok {
			continue
		}
		switch err := hub.CheckRoomName(room); {
		case err != nil:
			r.fault(item, "`%.80s` is no room. %s", room, hub.ProblemOf(err).Message)
		case seen[room]:
			r.fault(item, "The room `%s` is listed twice. Remove one.", room)
		}
		seen[room] = true
		rooms = append(rooms, room)
	}
	return rooms
}

func (r *reader) idle(n *yaml.Node) time.Duration {
	text, ok := r.text(n, "`idle`")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		r.fault(n, "`%.80s` is no length of time. Write a number and a unit, such as 90s, 10m or 2h.", text)
	}
	return d
}

func (r *reader) rules(n *yaml.Node) []rule {
	var rules []rule
	seen := map[string]int{} // line of each trigger
	for _, item := range r.list(n, "`rules`", "each one beginning with a dash, such as `- command: /ping`") {
		rules = append(rules, r.rule(item, seen))
	}
	return rules
}

// rule reads one rule. Keys that a rule may have are added here.
func (r *reader) rule(n *yaml.Node, seen map[string]int) rule {
	fields := r.mapping(n, "A rule", "command", "match", "about", "reply")
	if fields == nil {
		return rule{}
	}
	var res rule
	var known placeholders
	cmd, match := fields["command"], fields["match"]
	switch {
	case cmd != nil && match != nil:
		r.fault(n, "A rule has `command` or `match`, not both. Make two rules of it.")
		return res
	case cmd != nil:
		res.trigger, known = r.command(cmd), forCommand()
		r.reachable(cmd, "command", seen)
	case match != nil:
		res.trigger, known = r.pattern(match)
		r.reachable(match, "match", seen)
	default:
		r.fault(n, "The rule never fits. Give it a `command`, such as `command: /ping`, or a `match`, such as `match: hello`.")
		known = forMessage()
	}
	if about := fields["about"]; about != nil {
		res.about = r.about(about, cmd != nil)
	}
	if reply := r.need(n, fields, "reply", "Say what the bot answers, such as `reply: pong`."); reply != nil && res.trigger != nil {
		res.replies = r.replies(reply, known)
	}
	return res
}

// command returns nil where the command is faulty.
func (r *reader) command(n *yaml.Node) trigger {
	text, ok := r.text(n, "`command`")
	if !ok {
		return nil
	}
	odd := func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }
	switch {
	case !strings.HasPrefix(text, "/"):
		r.fault(n, "The command `%.80s` does not begin with a slash. Write `/%.80s`, or use `match` for words inside of a message.", text, text)
		return nil
	case strings.IndexFunc(text, odd) >= 0:
		r.fault(n, "The command `%.80s` holds a space. A command is one word; what follows it in a message is `${args}`.", text)
		return nil
	case text == "/":
		r.fault(n, "The command is a slash alone. Add a word, such as `/ping`.")
		return nil
	}
	return command(text)
}

func (r *reader) about(n *yaml.Node, command bool) string {
	text, ok := r.text(n, "`about`")
	switch {
	case !ok:
	case !command:
		r.fault(n, "`about` says what a command does, and this rule has none. Remove it.")
	case len(text) > maxAbout || strings.ContainsFunc(text, unicode.IsControl):
		r.fault(n, "`about` is one line of at most %d bytes, such as `about: Throws a die.`", maxAbout)
	}
	return text
}

// pattern returns a nil trigger where the expression is faulty.
func (r *reader) pattern(n *yaml.Node) (trigger, placeholders) {
	text, ok := r.text(n, "`match`")
	if !ok {
		return nil, placeholders{}
	}
	re, err := regexp.Compile(text)
	if err != nil {
		problem := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		r.fault(n, "`match` is no regular expression: %s. The syntax is at https://pkg.go.dev/regexp/syntax; put it in single quotes.", problem)
		return nil, placeholders{}
	}
	known, taken := forPattern(re)
	if taken != "" {
		r.fault(n, "The group `%s` has the name of a placeholder. Give it another one.", taken)
	}
	return pattern{re}, known
}

func (r *reader) reachable(n *yaml.Node, key string, seen map[string]int) {
	id := key + " " + n.Value
	if line := seen[id]; line > 0 {
		r.fault(n, "This rule is never reached: line %d answers to the same `%s`. Remove one of the two.", line, key)
		return
	}
	seen[id] = n.Line
}

// replies reads one text, or a list of them.
func (r *reader) replies(n *yaml.Node, known placeholders) []template {
	items := []*yaml.Node{n}
	if target(n).Kind == yaml.SequenceNode {
		items = r.list(n, "`reply`", "such as `reply: pong`")
	}
	var replies []template
	for _, item := range items {
		text, ok := r.text(item, "A reply")
		if !ok {
			continue
		}
		switch {
		case len(text) > hub.DefaultMaxText:
			r.fault(item, "The reply is %d bytes long; a message has at most %d. Shorten it.", len(text), hub.DefaultMaxText)
		case strings.ContainsRune(text, 0):
			r.fault(item, "The reply holds the character U+0000, which no message may. Remove it.")
		}
		t, problems := parseTemplate(text, known)
		for _, p := range problems {
			r.fault(item, "%s", p)
		}
		replies = append(replies, t)
	}
	return replies
}

// need returns the field, or says at n that it is missing.
func (r *reader) need(n *yaml.Node, fields map[string]*yaml.Node, key, cure string) *yaml.Node {
	if fields[key] == nil {
		r.fault(n, "`%s` is missing. %s", key, cure)
	}
	return fields[key]
}

// mapping returns the values of n by key, nil where n is no mapping.
func (r *reader) mapping(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	at, n := n, target(n)
	if n.Kind != yaml.MappingNode {
		r.fault(at, "%s is written as keys and values, with %s. Write `%s: …`.", what, enumerate(known), known[0])
		return nil
	}
	fields := make(map[string]*yaml.Node, len(known))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, key.Value):
			r.fault(key, "There is no key `%.80s` here.%s", key.Value, suggestion(key.Value, known))
		case fields[key.Value] != nil:
			r.fault(key, "`%s` is set twice. Remove one.", key.Value)
		default:
			fields[key.Value] = value
		}
	}
	return fields
}

// list returns the items of n, which must have some.
func (r *reader) list(n *yaml.Node, what, cure string) []*yaml.Node {
	at, n := n, target(n)
	switch {
	case n.Kind != yaml.SequenceNode:
		r.fault(at, "%s is a list, %s.", what, cure)
		return nil
	case len(n.Content) == 0:
		r.fault(at, "%s is empty. Add to the list, %s.", what, cure)
	}
	return n.Content
}

// text returns the text of n, and false where it has none.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	at, n := n, target(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		r.fault(at, "%s is a text. Put it in quotes if it holds one of `{ } [ ] : #`.", what)
		return "", false
	case n.Value == "" || n.Tag == "!!null":
		r.fault(at, "%s is empty. Write something, or remove the line.", what)
		return "", false
	}
	return n.Value, true
}

// target follows an alias (*name) to what it stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
