package bots

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode"
)

// rule is one trigger and what the bot says when it fits.
type rule struct {
	trigger trigger
	replies []template // one of them, at random
	about   string     // what a command does, for those who look
}

// trigger decides whether a message is for its rule. It notes in the facts
// what the placeholders of the reply may want.
type trigger interface {
	fits(f *facts) bool
}

// answer returns the reply to the message of f, and false where the rule does
// not fit.
func (r *rule) answer(f *facts) (string, bool) {
	if !r.trigger.fits(f) {
		return "", false
	}
	return r.replies[rand.IntN(len(r.replies))].expand(f), true
}

// command fits a message that is this word, alone or followed by arguments.
type command string

func (c command) fits(f *facts) bool {
	text := strings.TrimSpace(f.event.Text)
	word, args := text, ""
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		word, args = text[:i], strings.TrimSpace(text[i:])
	}
	f.args = args
	return word == string(c)
}

// pattern fits a message in which the expression is found.
type pattern struct{ *regexp.Regexp }

func (p pattern) fits(f *facts) bool {
	f.groups = p.FindStringSubmatchIndex(f.event.Text)
	return f.groups != nil
}
