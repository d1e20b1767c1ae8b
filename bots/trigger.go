package bots

import (
	"regexp"
	"strings"

	"hubbub/hub"
)

// trigger decides whether an event is for its rule. It notes what it found for
// the expressions of the rule.
type trigger interface {
	fits(a *act) bool
}

// command fits a message that begins with the words of its usage and goes on with
// its arguments.
type command struct{ *usage }

// misuse is a command whose arguments do not fit.
type misuse struct {
	of      *usage
	words   int // how many of its own words were said
	problem string
}

func (c *command) fits(a *act) bool {
	text := a.event.Text
	if a.event.Type != hub.TypeReceivedMessage || !begins(text, c.word) {
		return false
	}
	tokens := splitLine(text)
	words, all := c.spoken(tokens)
	if words == 0 {
		return false
	}
	problem := "There is something missing."
	if all {
		var values []any
		if values, problem = c.read(text, tokens); problem == "" {
			c.note(a, text, tokens, values)
			return true
		}
	}
	if a.misuse == nil || words > a.misuse.words {
		a.misuse = &misuse{c.usage, words, problem}
	}
	return false
}

// begins is a look at the text that costs next to nothing.
func begins(text, word string) bool {
	text = strings.TrimSpace(text)
	return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}

// note has expressions know the arguments, and as args all that follows.
func (u *usage) note(a *act, line string, tokens []token, values []any) {
	rest := ""
	if n := len(u.words) + 1; n < len(tokens) {
		rest = strings.TrimSpace(line[tokens[n].start:])
	}
	a.note("args", rest)
	for i, arg := range u.args {
		a.note(arg.name, values[i])
	}
}

// bare fits a command without arguments of its own, whatever follows it.
type bare string

func (c bare) fits(a *act) bool {
	if a.event.Type != hub.TypeReceivedMessage || !begins(a.event.Text, string(c)) {
		return false
	}
	tokens := splitLine(a.event.Text)
	if !strings.EqualFold(tokens[0].text, string(c)) {
		return false
	}
	(&usage{word: string(c)}).note(a, a.event.Text, tokens, nil)
	return true
}

// pattern fits a message in which the expression is found.
type pattern struct {
	*regexp.Regexp
	word bool // what was found is noted as word
}

func (p *pattern) fits(a *act) bool {
	if a.event.Type != hub.TypeReceivedMessage || a.event.Text == "" {
		return false
	}
	groups := p.FindStringSubmatchIndex(a.event.Text)
	if groups == nil {
		return false
	}
	a.groups = groups
	if p.word {
		a.note("word", a.group(1))
		return true
	}
	for i, name := range p.SubexpNames() {
		if name != "" {
			a.note(name, a.group(i))
		}
	}
	return true
}

// wordsPattern finds one of the words, whole and in any case. A space in one stands for
// any space.
func wordsPattern(words []string) (*regexp.Regexp, error) {
	alternatives := make([]string, len(words))
	for i, w := range words {
		fields := strings.Fields(w)
		for j, f := range fields {
			fields[j] = regexp.QuoteMeta(f)
		}
		alternatives[i] = strings.Join(fields, `\s+`)
	}
	const edge = `[^\pL\pN_]`
	return regexp.Compile(`(?i)(?:^|` + edge + `)(` + strings.Join(alternatives, "|") + `)(?:$|` + edge + `)`)
}

// pressed fits a press of a button of the bot's own message.
type pressed struct{ *usage }

func (p pressed) fits(a *act) bool {
	press, ok := a.event.Detail.(*hub.Press)
	if !ok {
		return false
	}
	tokens := splitLine(press.Action)
	if _, all := p.spoken(tokens); !all {
		return false
	}
	var values []any
	if len(p.args)+len(p.words) > 0 { // else whatever follows will do
		var problem string
		if values, problem = p.read(press.Action, tokens); problem != "" {
			return false
		}
	}
	a.note("action", press.Action)
	p.note(a, press.Action, tokens, values)
	return true
}

// opened fits the beginning of a conversation.
type opened struct{}

func (opened) fits(a *act) bool { return a.event.Type == hub.TypeScopeOpened }

// closed fits its end.
type closed struct{}

func (closed) fits(a *act) bool {
	d, ok := a.event.Detail.(*hub.ScopeClosed)
	if ok {
		a.note("reason", d.Reason)
	}
	return ok
}

// otherwise fits every message that has text.
type otherwise struct{}

func (otherwise) fits(a *act) bool {
	return a.event.Type == hub.TypeReceivedMessage && a.event.Text != ""
}

// message fits every message: what decides is the condition.
type message struct{}

func (message) fits(a *act) bool { return a.event.Type == hub.TypeReceivedMessage }
