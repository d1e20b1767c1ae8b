package hub

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"
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
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

var ids = struct {
	sync.Mutex
	entropy *ulid.MonotonicEntropy
}{entropy: ulid.Monotonic(rand.Reader, 0)}

// NewIDAfter returns a new id above last, which is one itself. Stores call it, so
// that the ids of a room ascend with seq.
func NewIDAfter(last string) string {
	id := NewID()
	if id > last {
		return id
	}
	u, err := ulid.ParseStrict(strings.ToUpper(last))
	if err != nil {
		return id // last is no id, and has no order
	}
	for i := len(u) - 1; i >= 0; i-- {
		if u[i]++; u[i] != 0 {
			break
		}
	}
	return lower(u)
}

// NewID returns a new lower-case ULID. Ids of one process ascend. It is safe
// for concurrent use.
func NewID() string {
	ids.Lock()
	defer ids.Unlock()
	id, err := ulid.New(ulid.Timestamp(time.Now()), ids.entropy)
	if err != nil { // 2^80 ids in one millisecond; crypto/rand itself cannot fail
		panic("hub: ids of this millisecond used up: " + err.Error())
	}
	return lower(id)
}

func lower(id ulid.ULID) string {
	var text [ulid.EncodedSize]byte
	_ = id.MarshalTextTo(text[:]) // it has the room that it wants
	for i, c := range text {
		if c >= 'A' {
			text[i] = c + 'a' - 'A'
		}
	}
	return string(text[:])
}
