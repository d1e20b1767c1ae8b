package hub

import (
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
)

// Ids ascend also where the clock is set back, and where a millisecond's first one is
// the largest that there is.
func TestIDsAscendWhateverTheClockDoes(t *testing.T) {
	var s idSource
	start := time.UnixMilli(1_764_000_000_000)
	last := ""
	for i, ms := range []int{0, 0, 5, 3, 4, 5, 6, -1000, 7} {
		at := start.Add(time.Duration(ms) * time.Millisecond)
		if ms == 3 {
			for i := 6; i < len(s.last); i++ {
				s.last[i] = 0xFF
			}
			s.last[6] = 0x7F
		}
		id := lower(s.next(at))
		u, err := ulid.ParseStrict(strings.ToUpper(id))
		if err != nil || id != strings.ToLower(u.String()) || id <= last {
			t.Errorf("number %d is %s after %s: %v", i, id, last, err)
		}
		if ms == 7 && u.Time() != ulid.Timestamp(at) {
			t.Errorf("the time in %s is %d", id, u.Time())
		}
		last = id
	}
}
