package bots

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/types"
	"go.yaml.in/yaml/v3"
)

const maxAbout = 200 // bytes of what a command says of itself

// What a rule may say. Triggers and steps of later versions are added here.
var (
	triggerKeys = []string{"command", "words", "match", "pressed", "opened", "closed", "otherwise"}
	stepKeys    = []string{"reply", "buttons", "react", "edit", "set", "forget", "end"}
	ruleKeys    = slices.Concat(triggerKeys, []string{"when", "about"}, stepKeys, []string{"do"})
)

// reading is one rule while it is read.
type reading struct {
	*reader
	rule  rule
	key   string // of the trigger
	known *vocabulary
	short *yaml.Node // what stands beside the trigger, to be said
	said  *reply     // the newest one, which buttons are for
}

// rule reads one rule: a trigger, a condition and steps, in their order.
func (r *reader) rule(n *yaml.Node) rule {
	g := &reading{reader: r, known: forMessage()}
	pairs, whole := r.pairs(n, "A rule", ruleKeys...)
	if target(n).Kind != yaml.MappingNode {
		return rule{trigger: otherwise{}}
	}
	g.triggers(n, pairs)
	if g.rule.trigger == nil {
		g.rule.trigger, g.known.loose = otherwise{}, true
	}
	for i := range r.bot.variables {
		if v := &r.bot.variables[i]; !g.known.add(v.name, v.typ()) {
			r.fault(n, "The variable `%s` has the name of something else in this rule. Rename one of the two.", v.name)
		}
	}
	if g.short != nil {
		g.reply(g.short)
	}
	for _, p := range pairs {
		switch p.key.Value {
		case "when":
			g.when(p.value)
		case "about":
			g.about(p.key, p.value)
		case "do":
			whole = g.do(p.value) && whole
		default:
			g.step(p)
		}
	}
	if len(g.rule.steps) == 0 && whole {
		r.fault(n, "The rule does nothing. Say what the bot answers, such as `reply: pong`.")
	}
	r.data = r.data || g.known.data
	return g.rule
}

// do reads a list of steps, and reports whether all of them were known.
func (g *reading) do(n *yaml.Node) bool {
	whole := true
	for _, item := range g.list(n, "`do`", "of steps, such as `- reply: pong`") {
		steps, all := g.pairs(item, "A step", stepKeys...)
		for _, s := range steps {
			g.step(s)
		}
		whole = whole && all
	}
	return whole
}

// triggers reads the one trigger of the rule.
func (g *reading) triggers(n *yaml.Node, pairs []pair) {
	var of []pair
	conditional := false
	for _, p := range pairs {
		if slices.Contains(triggerKeys, p.key.Value) {
			of = append(of, p)
		}
		conditional = conditional || p.key.Value == "when"
	}
	switch {
	case len(of) > 1:
		g.fault(n, "A rule has one trigger, and this one has `%s` and `%s`. Make two rules of it.", of[0].key.Value, of[1].key.Value)
		return
	case len(of) == 0 && conditional:
		g.rule.trigger = message{}
		return
	case len(of) == 0:
		g.fault(n, "The rule never fits. Give it a `command`, such as `command: /ping`, or `words` or a `match`, such as `words: hello`.")
		return
	}
	g.key = of[0].key.Value
	if !conditional {
		g.reachable(of[0])
	}
	g.trigger(of[0].value)
}

// reachable says where a rule without a condition is one that an earlier one, also
// without, leaves nothing to.
func (g *reading) reachable(p pair) {
	value := target(p.value)
	id := g.key
	if value.Kind == yaml.ScalarNode && !slices.Contains([]string{"opened", "closed", "otherwise"}, g.key) {
		id += " " + value.Value
	}
	message := slices.Contains([]string{"command", "words", "match", "otherwise"}, g.key)
	word, _, more := strings.Cut(value.Value, " ")
	switch before := g.seen[id]; {
	case before > 0 && id != "words":
		g.fault(p.value, "This rule is never reached: line %d answers to the same `%s`. Remove one of the two.", before, g.key)
	case message && g.seen["otherwise"] > 0:
		g.fault(p.key, "This rule is never reached: `otherwise` in line %d takes every message. Put that one last.", g.seen["otherwise"])
	case g.key == "command" && more && g.seen["command "+word] > 0:
		g.fault(p.value, "This rule is never reached: `%.40s` in line %d takes whatever follows it. Put that one after this one.", word, g.seen["command "+word])
	default:
		g.seen[id] = p.key.Line
	}
}

func (g *reading) trigger(n *yaml.Node) {
	switch g.key {
	case "command":
		g.command(n)
	case "words":
		g.words(n)
	case "match":
		g.match(n)
	case "pressed":
		g.known = forEvent()
		g.pressed(n)
	case "opened":
		g.known = forEvent()
		g.rule.trigger = opened{}
		g.short = saying(n)
	case "closed":
		g.known = forEvent()
		g.known.add("reason", types.String)
		g.rule.trigger = closed{}
		g.short = saying(n)
	case "otherwise":
		g.rule.trigger = otherwise{}
		g.short = saying(n)
	}
}

// saying returns what stands beside a trigger that has nothing else to say of
// itself: it is said. Nil where nothing stands there, or true.
func saying(n *yaml.Node) *yaml.Node {
	t := target(n)
	if t.Kind == yaml.ScalarNode && (t.Tag == "!!null" || t.Tag == "!!bool" && strings.EqualFold(t.Value, "true")) {
		return nil
	}
	return n
}

func (g *reading) command(n *yaml.Node) {
	text, ok := g.text(n, "`command`")
	if !ok {
		return
	}
	u, problems := parseUsage(text)
	switch {
	case !strings.HasPrefix(u.word, "/"):
		g.fault(n, "The command `%.80s` does not begin with a slash. Write `/%.80s`, or use `words` for words inside of a message.", text, text)
		return
	case u.word == "/":
		g.fault(n, "The command is a slash alone. Add a word, such as `/ping`.")
		return
	case strings.ContainsFunc(u.word, unicode.IsControl):
		g.fault(n, "The command holds a character that cannot be typed. Remove it.")
		return
	}
	g.known.add("args", types.String)
	if !g.usage(n, u, problems) {
		return
	}
	if len(u.words) == 0 && len(u.args) == 0 {
		g.rule.trigger = bare(u.word)
		return
	}
	g.rule.trigger = &command{u}
}

// usage makes the arguments known, and says what is wrong with them.
func (g *reading) usage(n *yaml.Node, u *usage, problems []problem) bool {
	for _, a := range u.args {
		if !g.known.add(a.name, a.kind.typ) {
			problems = append(problems, problem{strings.Index(target(n).Value, a.name), "The name `" + a.name + "` is taken. Choose another one for the argument."})
		}
	}
	for _, p := range problems {
		g.problem(target(n), p)
	}
	return len(problems) == 0
}

func (g *reading) pressed(n *yaml.Node) {
	text, ok := g.text(n, "`pressed`")
	if !ok {
		return
	}
	u, problems := parseUsage(text)
	if u.word == "" {
		g.fault(n, "`pressed` is empty. Write the action of a button.")
		return
	}
	g.known.add("action", types.String)
	g.known.add("args", types.String)
	if !g.usage(n, u, problems) {
		return
	}
	if g.presses[strings.ToLower(u.word)] == nil {
		g.presses[strings.ToLower(u.word)] = n
	}
	g.rule.trigger = pressed{u}
}

func (g *reading) words(n *yaml.Node) {
	g.known.add("word", types.String)
	var words []string
	for _, item := range g.oneOrMore(n, "`words`", "such as `words: [hello, hi]`") {
		text, ok := g.text(item, "A word")
		if !ok {
			return
		}
		if strings.TrimSpace(text) == "" {
			g.fault(item, "The word is a space. Write what people say, such as `words: hello`.")
			return
		}
		words = append(words, text)
	}
	re, err := wordsPattern(words)
	if err != nil {
		g.fault(n, "These words are too much to look for. Make several rules of them.")
		return
	}
	if len(words) > 0 {
		g.rule.trigger = &pattern{Regexp: re, word: true}
	}
}

func (g *reading) match(n *yaml.Node) {
	text, ok := g.text(n, "`match`")
	if !ok {
		return
	}
	re, err := regexp.Compile(text)
	if err != nil {
		problem := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		g.fault(n, "`match` is no regular expression: %s. The syntax is at https://pkg.go.dev/regexp/syntax; put it in single quotes.", problem)
		return
	}
	g.known.groups = re.NumSubexp()
	own := map[string]bool{}
	for _, name := range re.SubexpNames() {
		if name != "" && !own[name] && !g.known.add(name, types.String) {
			g.fault(n, "The group `%s` has the name of something else. Give it another one.", name)
		}
		own[name] = true
	}
	g.rule.trigger = &pattern{Regexp: re}
}

func (g *reading) when(n *yaml.Node) {
	text, ok := g.text(n, "`when`")
	if !ok {
		return
	}
	x, p := compile(text, g.known, expr.AsBool())
	if p != nil {
		g.problem(target(n), *p)
		return
	}
	if g.rule.when = x; x != nil {
		x.file, x.line = g.file, n.Line
	}
}

func (g *reading) about(key, n *yaml.Node) {
	text, ok := g.text(n, "`about`")
	switch {
	case !ok:
	case g.key != "command":
		g.fault(key, "`about` says what a command does, and this rule has none. Remove it.")
	case len(text) > maxAbout || strings.ContainsFunc(text, unicode.IsControl):
		g.fault(n, "`about` is one line of at most %d bytes, such as `about: Throws a die.`", maxAbout)
	}
	g.rule.about = text
}
