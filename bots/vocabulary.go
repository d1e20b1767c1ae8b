package bots

import (
	"slices"

	"github.com/expr-lang/expr/types"
)

// vocabulary is what the expressions of a rule may speak of, each with its type.
type vocabulary struct {
	names  types.Map
	dotted []string // for suggestions: "user.name"
	groups int      // ${0} to ${groups} are known too; -1: none is
	// loose passes over names that are not known: the trigger that would have said
	// them is faulty itself.
	loose bool
	data  bool // something speaks of data
}

// person is the type of user.
var person = types.Map{"id": types.String, "name": types.String, "kind": types.String, "via": types.String}

// forEvent returns what all rules may speak of.
func forEvent() *vocabulary {
	v := &vocabulary{names: types.Map{}, groups: -1}
	v.names["user"] = person
	for name := range person {
		v.dotted = append(v.dotted, "user."+name)
	}
	v.add("room", types.String)
	return v
}

// forMessage adds what a message has.
func forMessage() *vocabulary {
	v := forEvent()
	v.add("text", types.String)
	v.add("data", types.TypeOf(map[string]any(nil)))
	return v
}

// reserved are words that expressions are made of.
var reserved = []string{
	"and", "contains", "else", "endsWith", "false", "if", "in", "let", "matches", "nil", "not", "or", "startsWith", "true",
}

// add makes a name known, and reports whether it was free. One that is a function's
// hides it.
func (v *vocabulary) add(name string, typ types.Type) bool {
	if v.names[name] != nil || slices.Contains(reserved, name) {
		return false
	}
	v.names[name] = typ
	v.dotted = append(v.dotted, name)
	return true
}

// known returns all names in order, for a suggestion.
func (v *vocabulary) known() []string {
	names := slices.Clone(v.dotted)
	slices.Sort(names)
	return names
}
