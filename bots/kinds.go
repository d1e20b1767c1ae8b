package bots

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/types"
)

// kind is what an argument of a command may be.
type kind struct {
	word    string // as it is written in a usage: "int", "2..20", "low|high"
	is      string // as a person is told: "a whole number"
	typ     types.Type
	rest    bool // takes all that follows
	empty   any  // what it is where it is left out; nil where that has to be said
	parse   func(text string) (any, bool)
	example string
}

// The kinds that have a name. What else a usage may say are a range (2..20) and a
// choice (low|high).
var kinds = []kind{
	{word: "word", is: "a word", typ: types.String, empty: "", parse: asText, example: "kitchen"},
	{word: "int", is: "a whole number", typ: types.Int, parse: asInt, example: "6"},
	{word: "number", is: "a number", typ: types.Float64, parse: asNumber, example: "1.5"},
	{word: "duration", is: "a length of time, such as 90s, 10m or 2h", typ: types.TypeOf(time.Duration(0)), parse: asDuration, example: "10m"},
	{word: "user", is: "somebody's name", typ: types.String, empty: "", parse: asUser, example: "Ada"},
	{word: "text", is: "some text", typ: types.String, rest: true, empty: "", parse: asText, example: "some text"},
	{word: "words", is: "some words", typ: types.TypeOf([]string(nil)), rest: true, empty: []string{}, parse: asWords, example: "Ada Bob"},
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.word
	}
	return names
}

// parseKind returns what is wrong where word is none.
func parseKind(word string) (k kind, problem string) {
	if low, high, ok := strings.Cut(word, ".."); ok {
		return rangeKind(word, low, high)
	}
	if strings.Contains(word, "|") {
		return choiceKind(word)
	}
	for _, k := range kinds {
		if k.word == word {
			return k, ""
		}
	}
	return kind{}, fmt.Sprintf("There is no kind of argument `%.40s`.%s A range is written 1..6, a choice low|high.", word, suggestion(word, kindNames()))
}

func rangeKind(word, low, high string) (kind, string) {
	from, err1 := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err1 != nil || err2 != nil || from > to {
		return kind{}, fmt.Sprintf("`%.40s` is no range. Write the smallest and the greatest number, such as 1..6.", word)
	}
	return kind{
		word: word, is: fmt.Sprintf("a whole number from %d to %d", from, to), typ: types.Int, example: low,
		parse: func(text string) (any, bool) {
			n, err := strconv.Atoi(text)
			return n, err == nil && n >= from && n <= to
		},
	}, ""
}

func choiceKind(word string) (kind, string) {
	choices := strings.Split(word, "|")
	for i, c := range choices {
		if !isName(c) {
			return kind{}, fmt.Sprintf("`%.40s` is no choice. Write words of letters and digits with | between them, such as low|high.", word)
		}
		choices[i] = strings.ToLower(c)
	}
	return kind{
		word: word, is: "one of " + strings.Join(choices, ", "), typ: types.String, empty: "", example: choices[0],
		parse: func(text string) (any, bool) {
			for _, c := range choices {
				if strings.EqualFold(c, text) {
					return c, true
				}
			}
			return nil, false
		},
	}, ""
}

func asText(text string) (any, bool) { return text, true }

func asInt(text string) (any, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func asNumber(text string) (any, bool) {
	f, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	return f, err == nil && f-f == 0 // neither infinite nor no number
}

func asDuration(text string) (any, bool) {
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0
}

// asUser takes a name with or without the @ of a mention.
func asUser(text string) (any, bool) {
	name := strings.TrimPrefix(text, "@")
	return name, name != ""
}

func asWords(text string) (any, bool) {
	words := []string{}
	for _, w := range splitLine(text) {
		words = append(words, w.text)
	}
	return words, true
}

// isName reports whether s is a word that an expression may hold, or begins with
// a digit and would be one otherwise.
func isName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != ""
}

// isIdentifier reports whether s may be the name of an argument or a variable.
func isIdentifier(s string) bool { return isName(s) && (s[0] < '0' || s[0] > '9') }
