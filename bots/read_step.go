package bots

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// step reads one step, if p is one.
func (g *reading) step(p pair) {
	switch p.key.Value {
	case "reply":
		g.reply(p.value)
	case "buttons":
		g.addButtons(p.key, p.value)
	case "react":
		g.react(p.key, p.value)
	case "edit":
		if g.key != "pressed" {
			g.fault(p.key, "`edit` changes the message whose button was pressed, and this rule is not for a press. Use `reply`.")
		}
		g.add(&edit{g.template(p.value, "`edit`", g.known)})
	case "set":
		g.set(p.value)
	case "forget":
		if g.flag(p.value, "forget") {
			g.add(forget{})
		}
	case "end":
		if g.key == "closed" {
			g.fault(p.key, "The conversation ends here anyway. Remove `end`.")
		}
		if g.flag(p.value, "end") {
			g.add(endStep{})
		}
	}
}

func (g *reading) add(s step) { g.rule.steps = append(g.rule.steps, s) }

// reply reads one text, or a list of them.
func (g *reading) reply(n *yaml.Node) {
	r := &reply{}
	for _, item := range g.oneOrMore(n, "`reply`", "such as `reply: pong`") {
		if t := g.template(item, "A reply", g.known); t != nil {
			r.texts = append(r.texts, t)
		}
	}
	if len(r.texts) == 0 { // and that was said
		r.texts = []template{nil}
	}
	g.said = r
	g.add(r)
}

// addButtons gives the reply before them buttons: labels, or actions with labels.
func (g *reading) addButtons(key, n *yaml.Node) {
	if g.said == nil {
		g.fault(key, "Buttons belong to what is said before them. Put `reply` above.")
		return
	}
	of := target(n)
	if of.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(of.Content) && g.more(n); i += 2 {
			g.button(of.Content[i], of.Content[i+1])
		}
	} else {
		for _, item := range g.list(n, "`buttons`", "such as `buttons: [Yes, No]`, or keys and values: what pressing does, and what is written on it") {
			g.button(item, item)
		}
	}
	if len(g.said.buttons) > 25 {
		g.fault(key, "A message has at most 25 buttons.")
	}
}

func (g *reading) button(action, label *yaml.Node) {
	b := button{g.template(action, "What a button does", g.known), g.template(label, "A button's label", g.known)}
	for _, n := range []*yaml.Node{action, label} {
		if len(target(n).Value) > maxButtonText && !strings.Contains(target(n).Value, "${") {
			g.fault(n, "A button's label, and what it does, have at most %d bytes.", maxButtonText)
		}
	}
	g.said.buttons = append(g.said.buttons, b)
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(b.action.prefix())), " ")
	if len(b.action) > 1 && !strings.Contains(b.action.prefix(), " ") {
		word = "" // not known before it is there
	}
	if g.buttons[word] == nil {
		g.buttons[word] = action
	}
}

func (g *reading) react(key, n *yaml.Node) {
	if g.key == "opened" || g.key == "closed" {
		g.fault(key, "There is no message here to react to. Use `reply`.")
	}
	if t := g.template(n, "`react`", g.known); t != nil {
		if text := t.prefix(); len(t) == 1 && (len(text) > 64 || strings.ContainsAny(text, " \t\n")) {
			g.fault(n, "`react` is one emoji, such as 👍.")
		}
		g.add(&react{t})
	}
}

// set reads new values of variables: what YAML has as a number, true, false or a list
// is that, a text that is one ${…} has the type of its expression, any other is a
// text.
func (g *reading) set(n *yaml.Node) {
	if len(g.bot.variables) == 0 {
		g.fault(n, "There is nothing to set. Add `variables` at the top of the file, each with what it begins with, such as `visits: 0`.")
		return
	}
	names := make([]string, len(g.bot.variables))
	for i, v := range g.bot.variables {
		names[i] = v.name
	}
	var all set
	pairs, _ := g.pairs(n, "`set`", names...)
	for _, p := range pairs {
		for i := range g.bot.variables {
			if v := &g.bot.variables[i]; v.name == p.key.Value {
				if value := g.value(p.value, v); value != nil {
					all = append(all, assignment{v, value, g.file, p.value.Line})
				}
			}
		}
	}
	g.add(all)
}

// value reads what v is set to.
func (g *reading) value(n *yaml.Node, v *variable) func(*act) (any, error) {
	of := target(n)
	if of.Kind == yaml.ScalarNode && strings.Contains(of.Value, "${") {
		t := g.template(n, "A value", g.known)
		if p := t.single(); p != nil {
			if p.expr != nil && !v.takes(p.expr.typ) {
				g.problem(of, problem{text: "`" + v.name + "` is " + v.is() + ", and this is " + kindOfValue(p.expr.typ) + "."})
			}
			return p.value
		}
		if !v.takes(reflect.TypeFor[string]()) {
			g.fault(n, "`%s` is %s, and this is a text. Let the value be one `${…}`.", v.name, v.is())
		}
		return func(a *act) (any, error) { return t.expand(a) }
	}
	value, ok := g.start(n, v.name)
	if !ok {
		return nil
	}
	if _, text := v.start.(string); text && of.Kind == yaml.ScalarNode {
		value = of.Value // 7 is a text where a text is wanted
	}
	fitted, err := v.fit(value)
	if err != nil {
		g.fault(n, "`%s` is %s, and `%.40s` is not. For what a variable or an expression holds write `${…}`.", v.name, v.is(), of.Value)
		return nil
	}
	return func(*act) (any, error) { return fitted, nil }
}
