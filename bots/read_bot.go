package bots

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"hubbub/hub"
)

// definition reads the document's root.
func (r *reader) definition(id string, root *yaml.Node) *Definition {
	d := &Definition{ID: id, Idle: DefaultIdle, Conversation: PerUser, File: r.file}
	r.bot = d
	fields := r.fields(root, "A bot", "name", "rooms", "conversation", "idle", "hear_bots", "variables", "rules")
	if fields == nil {
		return d
	}
	if n := r.need(root, fields, "name", "Say how others see the bot, such as `name: Greeter`."); n != nil {
		d.Name = r.name(n)
	}
	if n := r.need(root, fields, "rooms", "Say where the bot listens, such as `rooms: [lobby]`."); n != nil {
		d.Rooms = r.rooms(n)
	}
	if n := fields["conversation"]; n != nil {
		d.Conversation = r.conversation(n)
	}
	if n := fields["idle"]; n != nil {
		d.Idle = r.idle(n)
	}
	if n := fields["hear_bots"]; n != nil {
		d.HearBots = r.flag(n, "hear_bots")
	}
	if n := fields["variables"]; n != nil {
		d.variables = r.variables(n)
	}
	if n := r.need(root, fields, "rules", "Say what the bot does: a list of rules, such as `- command: /ping` with `reply: pong`."); n != nil {
		d.rules = r.rules(n)
	}
	r.checkButtons()
	d.finish()
	d.data = r.data
	return d
}

// finish works out what follows from the rules.
func (d *Definition) finish() {
	last := map[string]*rule{}
	for i := range d.rules {
		var u *usage
		switch t := d.rules[i].trigger.(type) {
		case *command:
			u = t.usage
		case bare:
			u = &usage{word: string(t)}
		default:
			continue
		}
		last[strings.ToLower(u.word)] = &d.rules[i]
		d.ownHelp = d.ownHelp || strings.EqualFold(u.word, helpWord)
		d.offer(hub.Command{Command: u.word, Usage: u.String(), About: d.rules[i].about})
	}
	for word, r := range last {
		r.last = word
	}
}

// offer has the command listed, once where several rules are for it.
func (d *Definition) offer(c hub.Command) {
	i := slices.IndexFunc(d.commands, func(of hub.Command) bool { return of.Usage == c.Usage })
	switch {
	case i < 0:
		d.commands = append(d.commands, c)
	case d.commands[i].About == "":
		d.commands[i].About = c.About
	}
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

func (r *reader) conversation(n *yaml.Node) Conversation {
	kinds := []string{string(PerUser), string(PerRoom), string(PerUserInRoom)}
	text, ok := r.text(n, "`conversation`")
	if !ok {
		return ""
	}
	for _, k := range kinds {
		if k == text {
			return Conversation(k)
		}
	}
	r.fault(n, "A conversation is with a `user` in whatever room, with a `room`, or with a `user in room`, and not `%.40s`.%s", text, suggestion(text, kinds))
	return ""
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

// variables reads what conversations keep, with what each begins with.
func (r *reader) variables(n *yaml.Node) []variable {
	at, n := n, target(n)
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		r.fault(at, "`variables` is written as names and what they begin with, such as `visits: 0`.")
		return nil
	}
	var all []variable
	known := forMessage()
	for i := 0; i+1 < len(n.Content) && r.more(at); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		v := variable{name: key.Value}
		switch {
		case !isIdentifier(v.name):
			r.fault(key, "`%.40s` cannot be a variable. A name is of letters, digits and _, such as `visits`.", v.name)
			continue
		case i/2 == maxVariables:
			r.fault(key, "A conversation has at most %d variables.", maxVariables)
			continue
		}
		start, ok := r.start(value, v.name)
		if !ok {
			continue
		}
		v.start = start
		if fitted, err := v.fit(start); err != nil || !v.isStart(fitted) {
			r.fault(value, "`%s` begins with more than a variable holds: %d bytes of text, or %d texts in a list.", v.name, maxTextKept, maxListKept)
		}
		if !known.add(v.name, v.typ()) {
			r.fault(key, "The name `%s` is taken. Choose another one for the variable.", v.name)
			continue
		}
		all = append(all, v)
	}
	return all
}

// start reads what a variable begins with, as YAML has it.
func (r *reader) start(n *yaml.Node, name string) (any, bool) {
	value := target(n)
	if value.Kind == yaml.SequenceNode {
		list := []string{}
		for _, item := range value.Content {
			text, ok := r.text(item, "What is in a list")
			if !ok {
				return nil, false
			}
			list = append(list, text)
		}
		return list, true
	}
	var v any
	if value.Kind == yaml.ScalarNode && value.Tag != "!!null" && value.Decode(&v) == nil {
		switch v := v.(type) {
		case string, int, bool, float64:
			return v, true
		case time.Time: // a date is a text like any other
			return value.Value, true
		}
	}
	r.fault(n, "What does `%s` begin with? Write a number, true or false, a text (\"\" for an empty one), or a list of texts (`[]`).", name)
	return nil, false
}

// rules reads all rules.
func (r *reader) rules(n *yaml.Node) []rule {
	var rules []rule
	r.seen, r.buttons, r.presses = map[string]int{}, map[string]*yaml.Node{}, map[string]*yaml.Node{}
	for _, item := range r.list(n, "`rules`", "each one beginning with a dash, such as `- command: /ping`") {
		rules = append(rules, r.rule(item))
	}
	return rules
}

// checkButtons says which buttons nothing answers, and which rules nobody can press.
func (r *reader) checkButtons() {
	var actions, rules []string
	for a := range r.buttons {
		actions = append(actions, a)
	}
	for a := range r.presses {
		rules = append(rules, a)
	}
	for _, a := range actions {
		if n := r.buttons[a]; r.presses[a] == nil && a != "" {
			r.fault(n, "Nothing answers the button `%.80s`. Add a rule with `pressed: %.80s`.%s", a, a, maybe(a, rules))
		}
	}
	for _, a := range rules {
		if n := r.presses[a]; r.buttons[a] == nil && r.buttons[""] == nil {
			r.fault(n, "No button of this bot does `%.80s`.%s", a, maybe(a, actions))
		}
	}
}
