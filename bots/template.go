package bots

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hubbub/hub"
)

// facts are what a reply may speak of.
type facts struct {
	event  *hub.Event
	user   hub.User
	args   string // what followed the command
	groups []int  // of the pattern: pairs of offsets in the text
}

func (f *facts) group(n int) string {
	if 2*n+1 >= len(f.groups) || f.groups[2*n] < 0 {
		return ""
	}
	return f.event.Text[f.groups[2*n]:f.groups[2*n+1]]
}

// template is a text with placeholders, ready to be filled in.
type template []part

// part is a piece of text, or a placeholder where value is set.
type part struct {
	text  string
	value func(*facts) string
}

// expand fills the placeholders in. A text may quote the user many times over;
// so it ends at the length that a message may have.
func (t template) expand(f *facts) string {
	var b strings.Builder
	for _, p := range t {
		s := p.text
		if p.value != nil {
			s = p.value(f)
		}
		if free := hub.DefaultMaxText - b.Len(); len(s) > free {
			for free > 0 && !utf8.RuneStart(s[free]) {
				free--
			}
			b.WriteString(s[:free])
			break
		}
		b.WriteString(s)
	}
	return b.String()
}

// placeholders are the names that may stand in ${…}.
type placeholders struct {
	values map[string]func(*facts) string
	groups int // numbers from 0 to groups are known too; -1: none is
}

// forMessage returns the placeholders that every reply may use.
func forMessage() placeholders {
	return placeholders{groups: -1, values: map[string]func(*facts) string{
		"user.name": func(f *facts) string { return f.user.Name },
		"user.id":   func(f *facts) string { return f.user.ID },
		"room":      func(f *facts) string { return f.event.Room },
		"text":      func(f *facts) string { return f.event.Text },
	}}
}

// forCommand adds what follows a command.
func forCommand() placeholders {
	p := forMessage()
	p.values["args"] = func(f *facts) string { return f.args }
	return p
}

// forPattern adds the groups of re, and returns the first name of a group that
// something else has already.
func forPattern(re *regexp.Regexp) (_ placeholders, taken string) {
	p := forMessage()
	p.groups = re.NumSubexp()
	own := map[string]bool{}
	for i, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		if _, ok := p.values[name]; ok && !own[name] && taken == "" {
			taken = name
		}
		own[name] = true
		p.values[name] = func(f *facts) string { return f.group(i) }
	}
	return p, taken
}

func (p placeholders) find(name string) func(*facts) string {
	if v := p.values[name]; v != nil {
		return v
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 || n > p.groups || strconv.Itoa(n) != name {
		return nil
	}
	return func(f *facts) string { return f.group(n) }
}

func (p placeholders) names() []string {
	var names []string
	for name := range p.values {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := range p.groups {
		names = append(names, strconv.Itoa(i+1))
	}
	return names
}

// parseTemplate parses a reply: ${name} is a placeholder, $${ the characters
// ${, and any other $ itself. It returns what is wrong, one text for each fault.
func parseTemplate(s string, known placeholders) (t template, problems []string) {
	var literal strings.Builder
	for len(s) > 0 {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			break
		}
		literal.WriteString(s[:i])
		s = s[i:]
		switch {
		case strings.HasPrefix(s, "$${"):
			literal.WriteString("${")
			s = s[len("$${"):]
		case !strings.HasPrefix(s, "${"):
			literal.WriteByte('$')
			s = s[1:]
		default:
			name, rest, closed := strings.Cut(s[len("${"):], "}")
			if !closed {
				return t, append(problems, "A placeholder begins with `${` and does not end. Add `}`, or write `$${` for the characters `${`.")
			}
			s = rest
			value := known.find(name)
			if value == nil {
				problems = append(problems, fmt.Sprintf("There is no placeholder `${%.64s}` here.%s", name, suggestion(name, known.names())))
				continue
			}
			t = append(t, part{text: literal.String()}, part{value: value})
			literal.Reset()
		}
	}
	return append(t, part{text: literal.String() + s}), problems
}
