package bots

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"hubbub/hub"
)

// maxItems bounds how much of a file is read, counting what aliases (*name) repeat.
const maxItems = 20_000

// reader walks the YAML of one file. It goes on after a fault, so that all of
// them are found at once.
type reader struct {
	file   string
	lines  []string // of the file, for places inside of texts
	faults Faults
	items  int

	bot     *Definition
	data    bool                  // an expression speaks of data
	seen    map[string]int        // lines of triggers
	buttons map[string]*yaml.Node // by what their actions begin with, the first of each
	presses map[string]*yaml.Node // likewise, of the rules for them
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	r.faultAt(max(n.Line, 1), max(n.Column, 1), format, args...)
}

func (r *reader) faultAt(line, column int, format string, args ...any) {
	r.faults = append(r.faults, Fault{r.file, line, column, fmt.Sprintf(format, args...)})
}

// problem notes what is wrong inside of n's text.
func (r *reader) problem(n *yaml.Node, p problem) {
	line, column := r.place(n, p.offset)
	r.faultAt(line, column, "%s", p.text)
}

// place returns where in the file the offset of n's text is; where n begins, if the
// file says it in another way than n does.
func (r *reader) place(n *yaml.Node, offset int) (line, column int) {
	line, column = max(n.Line, 1), max(n.Column, 1)
	offset = min(offset, len(n.Value))
	switch n.Style {
	case yaml.LiteralStyle:
		before := n.Value[:offset]
		at := line + 1 + strings.Count(before, "\n")
		start := strings.LastIndexByte(before, '\n') + 1
		text, _, _ := strings.Cut(n.Value[start:], "\n")
		if at <= len(r.lines) {
			if indent := strings.Index(r.lines[at-1], text); indent >= 0 && text != "" {
				return at, indent + utf8.RuneCountInString(n.Value[start:offset]) + 1
			}
		}
	default:
		if line > len(r.lines) {
			break
		}
		source := []rune(r.lines[line-1])
		source = source[min(column-1, len(source)):]
		quote := 0
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			quote = min(1, len(source))
		}
		if strings.HasPrefix(string(source[quote:]), n.Value[:offset]) {
			return line, column + quote + utf8.RuneCountInString(n.Value[:offset])
		}
	}
	return line, column
}

// pair is a key and its value.
type pair struct{ key, value *yaml.Node }

// pairs returns those of n in their order, without those whose keys are not known.
// It reports whether all of them were known.
func (r *reader) pairs(n *yaml.Node, what string, known ...string) (all []pair, whole bool) {
	at, n := n, target(n)
	if n.Kind != yaml.MappingNode {
		r.fault(at, "%s is written as keys and values, with %s. Write `%s: …`.", what, enumerate(known), known[0])
		return nil, false
	}
	for i := 0; i+1 < len(n.Content) && r.more(at); i += 2 {
		p := pair{n.Content[i], n.Content[i+1]}
		switch {
		case !slices.Contains(known, p.key.Value):
			r.fault(p.key, "There is no key `%.80s` here.%s", p.key.Value, suggestion(p.key.Value, known))
		case slices.ContainsFunc(all, func(of pair) bool { return of.key.Value == p.key.Value }):
			r.fault(p.key, "`%s` is set twice. Remove one.", p.key.Value)
		default:
			all = append(all, p)
		}
	}
	return all, 2*len(all) == len(n.Content)
}

// fields returns the values of n by key, nil where it has no keys.
func (r *reader) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	pairs, _ := r.pairs(n, what, known...)
	if target(n).Kind != yaml.MappingNode {
		return nil
	}
	fields := make(map[string]*yaml.Node, len(pairs))
	for _, p := range pairs {
		fields[p.key.Value] = p.value
	}
	return fields
}

// more counts an item, and says once when there are too many.
func (r *reader) more(n *yaml.Node) bool {
	if r.items++; r.items == maxItems {
		r.fault(n, "The file says more than %d things, counting what `*` repeats. Make several bots of it.", maxItems)
	}
	return r.items < maxItems
}

// need returns the field, or says at n that it is missing.
func (r *reader) need(n *yaml.Node, fields map[string]*yaml.Node, key, cure string) *yaml.Node {
	if fields[key] == nil {
		r.fault(n, "`%s` is missing. %s", key, cure)
	}
	return fields[key]
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

// oneOrMore returns n alone, or its items where it is a list.
func (r *reader) oneOrMore(n *yaml.Node, what, cure string) []*yaml.Node {
	if target(n).Kind == yaml.SequenceNode {
		return r.list(n, what, cure)
	}
	return []*yaml.Node{n}
}

// text returns the text of n, and false where it has none.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	at, n := n, target(n)
	switch {
	case !r.more(at):
		return "", false
	case n.Kind != yaml.ScalarNode:
		r.fault(at, "%s is a text. Put it in quotes if it holds one of `{ } [ ] : #`.", what)
		return "", false
	case n.Value == "" || n.Tag == "!!null":
		r.fault(at, "%s is empty. Write something, or remove the line.", what)
		return "", false
	}
	return n.Value, true
}

// flag returns whether n says true.
func (r *reader) flag(n *yaml.Node, key string) bool {
	at, n := n, target(n)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		r.fault(at, "`%s` is true or false.", key)
		return false
	}
	return strings.EqualFold(n.Value, "true")
}

// template reads a text with expressions.
func (r *reader) template(n *yaml.Node, what string, v *vocabulary) template {
	text, ok := r.text(n, what)
	if !ok {
		return nil
	}
	switch {
	case len(text) > hub.DefaultMaxText:
		r.fault(n, "%s is %d bytes long; a message has at most %d. Shorten it.", what, len(text), hub.DefaultMaxText)
	case strings.ContainsRune(text, 0):
		r.fault(n, "%s holds the character U+0000, which no message may. Remove it.", what)
	}
	t, problems := parseTemplate(text, v)
	r.data = r.data || v.data
	for _, p := range problems {
		r.problem(target(n), p)
	}
	for _, p := range t {
		if p.expr != nil {
			p.expr.file, p.expr.line = r.file, n.Line
		}
	}
	return t
}

// target follows an alias (*name) to what it stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
