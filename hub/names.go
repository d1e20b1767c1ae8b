package hub

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of names and references.
const (
	MaxRoomName = 64      // bytes
	MaxUserName = 64      // characters
	MaxRef      = 64      // bytes
	MaxUserID   = 1 << 10 // bytes
)

// DirectPrefix starts the names of direct rooms, dm.<id>.<id>.
const DirectPrefix = "dm."

// CheckRoomName returns an [Invalid] error unless name is 1 to 64 of
// a-z 0-9 . _ - and starts with a letter or digit, so that it is the same
// word in a URL, an MQTT topic, a Redis key and an IRC channel.
func CheckRoomName(name string) error {
	ok := name != "" && len(name) <= MaxRoomName
	for i := 0; ok && i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == '-':
			ok = i > 0
		default:
			ok = false
		}
	}
	if !ok {
		return Errorf(Invalid, "A room's name is 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit.")
	}
	return nil
}

// CheckRef returns an [Invalid] error unless ref is valid UTF-8 of at most
// [MaxRef] bytes without control characters. An empty one is valid.
func CheckRef(ref string) error {
	if len(ref) > MaxRef || !printable(ref) {
		return Errorf(Invalid, "A ref is at most %d bytes of text without control characters.", MaxRef)
	}
	return nil
}

// CleanUserName returns name without the space around it, or an [Invalid]
// error unless 1 to 64 printable characters are left.
func CleanUserName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || !printable(name) || utf8.RuneCountInString(name) > MaxUserName {
		return "", Errorf(Invalid, "A name is 1 to %d characters without control characters.", MaxUserName)
	}
	return name, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
		}
	}
	return true
}
