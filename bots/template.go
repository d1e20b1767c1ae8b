package bots

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"hubbub/hub"
)

// template is a text with expressions in it, ready to be filled in.
type template []part

// part is a piece of text, or the value of an expression or a group.
type part struct {
	text  string
	expr  *expression
	group int // of the match, from 0; -1 where the part is none
}

func (p *part) literal() bool { return p.expr == nil && p.group < 0 }

// expand fills the expressions in. A text may quote the user many times over; so
// it ends at the length that a message may have.
func (t template) expand(a *act) (string, error) {
	if len(t) == 1 && t[0].literal() {
		return t[0].text, nil
	}
	var b strings.Builder
	for i := range t {
		v, err := t[i].value(a)
		if err != nil {
			return "", err
		}
		s := textOf(v)
		free := hub.DefaultMaxText - b.Len()
		b.WriteString(cut(s, free))
		if len(s) > free {
			break
		}
	}
	return b.String(), nil
}

func (p *part) value(a *act) (any, error) {
	switch {
	case p.expr != nil:
		return p.expr.value(a)
	case p.group >= 0:
		return a.group(p.group), nil
	default:
		return p.text, nil
	}
}

// cut returns s, shortened to whole characters of at most so many bytes.
func cut(s string, length int) string {
	if len(s) <= length {
		return s
	}
	for length > 0 && !utf8.RuneStart(s[length]) {
		length--
	}
	return s[:length]
}

// single returns the expression that is all of the template, if that is so: its
// value keeps its type.
func (t template) single() *part {
	if len(t) == 1 && !t[0].literal() {
		return &t[0]
	}
	return nil
}

// prefix returns the text that the template begins with.
func (t template) prefix() string {
	if len(t) > 0 && t[0].literal() {
		return t[0].text
	}
	return ""
}

// parseTemplate parses a text: ${…} is an expression, $${ the characters ${, and
// any other $ itself.
func parseTemplate(s string, v *vocabulary) (t template, problems []problem) {
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t = append(t, part{text: literal.String(), group: -1})
			literal.Reset()
		}
	}
	at := 0
	for at < len(s) {
		i := strings.IndexByte(s[at:], '$')
		if i < 0 {
			break
		}
		literal.WriteString(s[at : at+i])
		at += i
		switch {
		case strings.HasPrefix(s[at:], "$${"):
			literal.WriteString("${")
			at += len("$${")
		case !strings.HasPrefix(s[at:], "${"):
			literal.WriteByte('$')
			at++
		default:
			start := at + len("${")
			length := closing(s[start:])
			if length < 0 {
				return t, append(problems, problem{at, "An expression begins with `${` and does not end. Add `}`, or write `$${` for the characters `${`."})
			}
			flush()
			p, fault := parsePart(s[start:start+length], v)
			if fault != nil {
				problems = append(problems, problem{start + fault.offset, fault.text})
			}
			t = append(t, p)
			at = start + length + 1
		}
	}
	literal.WriteString(s[min(at, len(s)):])
	flush()
	return t, problems
}

// closing returns where the brace is that ends an expression; what is in quotes
// or in braces of its own does not count. -1: nowhere.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			end := i + 1
			for end < len(s) && s[end] != c {
				if s[end] == '\\' && c != '`' {
					end++
				}
				end++
			}
			i = end
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

var path = regexp.MustCompile(`^[a-zA-Z_]\w*(\.\w+)*$`)

func parsePart(src string, v *vocabulary) (part, *problem) {
	src = strings.TrimSpace(src)
	if n, err := strconv.Atoi(src); err == nil && n >= 0 && strconv.Itoa(n) == src {
		if n > v.groups && !v.loose {
			return part{group: -1}, noName(src, v)
		}
		return part{group: n}, nil
	}
	x, p := compile(src, v)
	if p != nil && path.MatchString(src) && strings.HasPrefix(p.text, "There is no") {
		p = noName(src, v)
	}
	return part{expr: x, group: -1}, p
}

func noName(name string, v *vocabulary) *problem {
	known := v.known()
	for i := range v.groups {
		known = append(known, strconv.Itoa(i+1))
	}
	return &problem{text: fmt.Sprintf("There is no `${%.64s}` here.%s", name, suggestion(name, known))}
}
