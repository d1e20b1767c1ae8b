package hub

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mentions reports whether text names the user: an @ that begins a word, the
// name, whatever its case, and the end of the word. The id of a user is a name
// too.
func Mentions(text, user, name string) bool {
	for at := strings.IndexByte(text, '@'); at >= 0; {
		if r, _ := utf8.DecodeLastRuneInString(text[:at]); !inWord(r) && (begins(text[at+1:], name) || begins(text[at+1:], user)) {
			return true
		}
		next := strings.IndexByte(text[at+1:], '@')
		if next < 0 {
			return false
		}
		at += 1 + next
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
