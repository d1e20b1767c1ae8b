package hub

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCalls is how many @ of a text may name somebody, so that a text of nothing
// else costs those little who count it for each of many users.
const maxCalls = 50

// Mentions reports whether text names the user: an @ that begins a word, the
// name, whatever its case, and the end of the word. The id of a user is a name
// too. Of such an @ the first fifty of a text count.
func Mentions(text, user, name string) bool { return named(callsIn(text), user, name) }

// callsIn returns what follows each @ of the text that begins a word.
func callsIn(text string) (calls []string) {
	for at := strings.IndexByte(text, '@'); at >= 0 && len(calls) < maxCalls; {
		if r, _ := utf8.DecodeLastRuneInString(text[:at]); !inWord(r) {
			calls = append(calls, text[at+1:])
		}
		next := strings.IndexByte(text[at+1:], '@')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return calls
}

// named reports whether one of the calls is the user's.
func named(calls []string, user, name string) bool {
	for _, call := range calls {
		if begins(call, name) || begins(call, user) {
			return true
		}
	}
	return false
}

// begins reports whether text begins with the word or words of name.
func begins(text, name string) bool {
	if name == "" {
		return false
	}
	for _, want := range name {
		r, n := utf8.DecodeRuneInString(text)
		if n == 0 || unicode.ToLower(r) != unicode.ToLower(want) {
			return false
		}
		text = text[n:]
	}
	r, n := utf8.DecodeRuneInString(text)
	return n == 0 || !inWord(r)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
