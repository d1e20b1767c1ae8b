package bots

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// usage is how something is said to a bot: a word, words that follow it as they
// are, and arguments. Commands are said so, and the actions of buttons are.
type usage struct {
	word  string // "/dice"
	words []string
	args  []argument
}

// argument is what a usage leaves to whoever uses it.
type argument struct {
	name     string
	kind     kind
	optional bool
	value    any // where it is left out
}

// String returns the usage as people are told it: "/dice [sides]".
func (u *usage) String() string {
	parts := append([]string{u.word}, u.words...)
	for _, a := range u.args {
		name := a.name
		switch {
		case strings.Contains(a.kind.word, "|"):
			name = a.kind.word
		case a.kind.rest:
			name += "…"
		}
		if a.optional {
			parts = append(parts, "["+name+"]")
		} else {
			parts = append(parts, "<"+name+">")
		}
	}
	return strings.Join(parts, " ")
}

// problem is what is wrong with a text, and where in it.
type problem struct {
	offset int // in bytes
	text   string
}

// parseUsage reads "/remind who:user [in:duration=10m] [what:text]".
func parseUsage(s string) (*usage, []problem) {
	u := &usage{}
	var problems []problem
	fault := func(at int, format string, args ...any) {
		problems = append(problems, problem{at, fmt.Sprintf(format, args...)})
	}
	for i, t := range usageTokens(s) {
		switch {
		case i == 0:
			u.word = t.text
		case !strings.ContainsAny(t.text, ":[]="):
			if len(u.args) > 0 {
				fault(t.start, "`%.40s` follows an argument. Words that stand as they are come first; an argument has a kind, such as `%.40s:word`.", t.text, t.text)
			}
			u.words = append(u.words, t.text)
		default:
			a, p := parseArgument(t.text)
			if p != "" {
				fault(t.start, "%s", p)
				continue
			}
			if p := u.follows(&a); p != "" {
				fault(t.start, "%s", p)
			}
			u.args = append(u.args, a)
		}
	}
	return u, problems
}

// usageTokens splits at spaces; what stands in brackets is one.
func usageTokens(s string) (tokens []token) {
	for i := 0; i < len(s); {
		r, length := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			i += length
			continue
		}
		length = wordLength(s[i:])
		if s[i] == '[' {
			if end := strings.IndexByte(s[i:], ']'); end >= 0 {
				length = end + 1
			}
		}
		tokens = append(tokens, token{s[i : i+length], i})
		i += length
	}
	return tokens
}

// follows says why a cannot come after what u has.
func (u *usage) follows(a *argument) string {
	for _, before := range u.args {
		switch {
		case before.name == a.name:
			return fmt.Sprintf("There are two arguments %#q. Rename one.", a.name)
		case before.kind.rest:
			return fmt.Sprintf("%#q takes all that follows, and so is the last argument. Put %#q before it.", before.name, a.name)
		case before.optional && !a.optional:
			return fmt.Sprintf("%#q may be left out, and %#q after it may not. Put those that may be left out last.", before.name, a.name)
		}
	}
	return ""
}

// parseArgument reads "sides:int" or "[sides:int=6]".
func parseArgument(s string) (a argument, problem string) {
	inner, bracket := strings.CutPrefix(s, "[")
	if bracket {
		var closed bool
		if inner, closed = strings.CutSuffix(inner, "]"); !closed {
			return a, fmt.Sprintf("`%.40s` does not end. Add `]`.", s)
		}
	}
	inner, standard, hasStandard := strings.Cut(inner, "=")
	name, word, hasKind := strings.Cut(strings.TrimSpace(inner), ":")
	if !hasKind {
		word = "word"
	}
	a = argument{name: name, optional: bracket}
	if !isIdentifier(name) {
		return a, fmt.Sprintf("`%.40s` cannot be the name of an argument. Write `name:kind`, with a name of letters, digits and _, such as `sides:int`.", name)
	}
	if a.kind, problem = parseKind(word); problem != "" {
		return a, problem
	}
	switch {
	case hasStandard && !bracket:
		return a, fmt.Sprintf("%#q has a value for when it is left out, so put it in brackets: `[%s]`.", name, s)
	case hasStandard:
		var ok bool
		if a.value, ok = a.kind.parse(strings.TrimSpace(standard)); !ok {
			return a, fmt.Sprintf("`%.40s` is not %s, which %#q has to be.", standard, a.kind.is, name)
		}
	case bracket && a.kind.empty == nil:
		return a, fmt.Sprintf("What is %#q where it is left out? Write `[%s:%s=%s]`, say.", name, name, word, a.kind.example)
	default:
		a.value = a.kind.empty
	}
	return a, ""
}

// spoken reports how many of the usage's own words line begins with, and whether
// that is all of them, with where the arguments begin.
func (u *usage) spoken(tokens []token) (words int, all bool) {
	if len(tokens) == 0 || !strings.EqualFold(tokens[0].text, u.word) {
		return 0, false
	}
	for i, w := range u.words {
		if i+1 >= len(tokens) || !strings.EqualFold(tokens[i+1].text, w) {
			return i + 1, false
		}
	}
	return len(u.words) + 1, true
}

// read takes the arguments from a line that begins with the usage's own words, and
// says what is wrong with them.
func (u *usage) read(line string, tokens []token) (values []any, problem string) {
	tokens = tokens[len(u.words)+1:]
	for _, a := range u.args {
		switch {
		case len(tokens) == 0 && !a.optional:
			return nil, fmt.Sprintf("%#q is missing, %s.", a.name, a.kind.is)
		case len(tokens) == 0:
			values = append(values, a.value)
			continue
		}
		text := tokens[0].text
		if a.kind.rest { // as it was written
			text, tokens = strings.TrimSpace(line[tokens[0].start:]), tokens[:1]
		}
		tokens = tokens[1:]
		value, ok := a.kind.parse(text)
		if !ok {
			return nil, fmt.Sprintf("%#q is %s, and `%.40s` is not.", a.name, a.kind.is, text)
		}
		values = append(values, value)
	}
	if len(tokens) > 0 {
		return nil, fmt.Sprintf("`%.40s` is too much.", tokens[0].text)
	}
	return values, ""
}
