package hub

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID returns a new lower-case ULID. Ids of one process ascend. It is safe
// for concurrent use. An id is no secret.
func NewID() string { return lower(ids.next(time.Now())) }

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

// ids are those of the process.
var ids idSource

// idSource makes ids that ascend, whatever the clock does.
type idSource struct {
	mu   sync.Mutex
	last ulid.ULID
}

func (s *idSource) next(now time.Time) ulid.ULID {
	s.mu.Lock()
	defer s.mu.Unlock()
	high, low := s.last[6:8], s.last[8:]
	if ms := ulid.Timestamp(now); ms > s.last.Time() {
		_ = s.last.SetTime(ms)                                      // it fails after the year 10889
		binary.BigEndian.PutUint16(high, uint16(rand.Uint32()>>17)) // with its first bit free, for a millisecond's ids
		binary.BigEndian.PutUint64(low, rand.Uint64())
		return s.last
	}
	step := 1 + uint64(rand.Uint32())
	sum := binary.BigEndian.Uint64(low) + step
	binary.BigEndian.PutUint64(low, sum)
	if sum < step {
		binary.BigEndian.PutUint16(high, binary.BigEndian.Uint16(high)+1)
	}
	return s.last
}

// lower returns the id's text in lower case, five bits a character.
func lower(id ulid.ULID) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var text [ulid.EncodedSize]byte
	high, low := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = alphabet[low&31]
		low, high = low>>5|high<<59, high>>5
	}
	return string(text[:])
}
