package bots

import (
	"strings"

	"hubbub/hub"
)

// rule is a trigger, a condition, and what the bot does when both fit.
type rule struct {
	trigger trigger
	when    *expression // a bool; nil: always
	steps   []step
	about   string // what a command does, for those who look
	last    string // the command that no later rule is for: this one says what was wrong with it
}

// play has the first rule that fits do what it does.
func (d *Definition) play(a *act) error {
	if d.help(a) {
		return nil
	}
	for i := range d.rules {
		r := &d.rules[i]
		if r.trigger.fits(a) && r.holds(a) {
			return r.run(a)
		}
		if r.last != "" && a.misuse != nil && strings.EqualFold(r.last, a.misuse.of.word) {
			a.say(a.misuse.problem + " Say it like this: " + a.misuse.of.String())
			return nil
		}
	}
	return nil
}

// holds reports whether the condition is fulfilled. One that cannot be computed,
// since a message has no such data, say, is not.
func (r *rule) holds(a *act) bool {
	if r.when == nil {
		return true
	}
	v, err := r.when.value(a)
	holds, ok := v.(bool)
	return err == nil && ok && holds
}

// run does the steps in order.
func (r *rule) run(a *act) error {
	for _, s := range r.steps {
		if err := s.do(a); err != nil {
			return err
		}
	}
	return nil
}

// help answers /help, and /help with a command or the bot's name, where the bot has
// commands and no rule of its own for that.
func (d *Definition) help(a *act) bool {
	if a.event.Type != hub.TypeReceivedMessage || d.ownHelp || len(d.commands) == 0 || !begins(a.event.Text, helpWord) {
		return false
	}
	tokens := splitLine(a.event.Text)
	if len(tokens) > 2 || !strings.EqualFold(tokens[0].text, helpWord) {
		return false
	}
	all := len(tokens) == 1 || strings.EqualFold(tokens[1].text, d.ID) || strings.EqualFold(tokens[1].text, d.Name)
	var lines []string
	for _, c := range d.commands {
		if all || strings.EqualFold(strings.TrimPrefix(c.Command, "/"), strings.TrimPrefix(tokens[1].text, "/")) {
			line := c.Usage
			if c.About != "" {
				line += ": " + c.About
			}
			lines = append(lines, line)
		}
	}
	a.say(cut(strings.Join(lines, "\n"), hub.DefaultMaxText))
	return true
}

const helpWord = "/help"
