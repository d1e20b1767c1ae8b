package hub

import (
	"testing"
	"testing/synctest"
	"time"
)

// What came since the room was told waits the longer the more have to be told.
func TestPresenceIsToldAtAPaceThatTheRoomCanPay(t *testing.T) {
	for _, test := range []struct {
		present       int64
		since         time.Duration // the last telling
		want, inARush time.Duration
	}{
		{1, time.Hour, presenceDelay, presenceDelay},
		{1, 0, minPresencePause, time.Second},
		{10, 100 * time.Millisecond, minPresencePause - 100*time.Millisecond, 900 * time.Millisecond},
		{25, 0, 500 * time.Millisecond, maxRushPause},
		{25, 480 * time.Millisecond, presenceDelay, maxRushPause - 480*time.Millisecond},
		{100, 0, maxPresencePause, maxRushPause},
		{MaxPresent, 300 * time.Millisecond, 700 * time.Millisecond, maxRushPause - 300*time.Millisecond},
		{MaxPresent, time.Hour, presenceDelay, presenceDelay},
		{MaxPresent + 1, time.Hour, maxPresencePause, maxRushPause},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &presence{told: time.Now().Add(-test.since)}
			p.count.Store(test.present)
			if got, rush := p.delay(false), p.delay(true); got != test.want || rush != test.inARush {
				t.Errorf("with %d present, told %v ago: %v and %v in a rush, want %v and %v", test.present, test.since, got, rush, test.want, test.inARush)
			}
		})
	}
}
