package bots

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a line, without the quotes that it may have been in.
type token struct {
	text  string
	start int // offset in the line
}

// splitLine splits a line at spaces. What stands in double quotes is one word, with
// \" for a quote in it; a quote that is not closed goes to the end.
func splitLine(line string) []token {
	var tokens []token
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := token{start: i}
		if r == '"' {
			t.text, size = quoted(line[i:])
		} else {
			size = wordLength(line[i:])
			t.text = line[i : i+size]
		}
		i += size
		tokens = append(tokens, t)
	}
	return tokens
}

func wordLength(s string) int {
	if end := strings.IndexFunc(s, unicode.IsSpace); end >= 0 {
		return end
	}
	return len(s)
}

// quoted returns what stands in the quotes that s begins with, and how long that is
// with them.
func quoted(s string) (text string, length int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), len(s)
}
