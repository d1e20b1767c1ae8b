package bots

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Fault is one thing that is wrong with a bot's file.
type Fault struct {
	File         string
	Line, Column int    // from 1
	Problem      string // what is wrong and what to do about it
}

// String returns "file:line:column: what is wrong. Cure."
func (f Fault) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Problem)
}

// Faults is the error of files that have faults: all of them, in the order of
// files and lines.
type Faults []Fault

// Error returns one line for each fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// suggestion returns " Did you mean `word`?" where one of known is a slip of
// the finger away from word; else the list of what is known.
func suggestion(word string, known []string) string {
	if s := maybe(word, known); s != "" {
		return s
	}
	return " Known are " + enumerate(known) + "."
}

// maybe is suggestion without the list.
func maybe(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := levenshtein.ComputeDistance(word, k); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	if best != "" {
		return " Did you mean `" + best + "`?"
	}
	return ""
}

func enumerate(words []string) string {
	return "`" + strings.Join(words, "`, `") + "`"
}
