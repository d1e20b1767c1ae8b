package hub

import (
	"testing"
	"testing/synctest"
	"time"
)

// What came since the room was told waits the longer the more have to be told.
func TestPresenceIsToldAtAPaceThatTheRoomCanPay(t *testing.T) {
	for _, test := range []struct {
		present     int64
		since, want time.Duration // the last telling
	}{
		{1, time.Hour, presenceDelay},
		{1, 0, minPresencePause},
		{10, 100 * time.Millisecond, minPresencePause - 100*time.Millisecond},
		{25, 0, 500 * time.Millisecond},
		{25, 480 * time.Millisecond, presenceDelay},
		{100, 0, maxPresencePause},
		{MaxPresent, 300 * time.Millisecond, 700 * time.Millisecond},
		{MaxPresent + 1, time.Hour, maxPresencePause},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &presence{told: time.Now().Add(-test.since)}
			p.count.Store(test.present)
			if got := p.delay(); got != test.want {
				t.Errorf("with %d present, told %v ago: %v, want %v", test.present, test.since, got, test.want)
			}
		})
	}
}
