package websocket

import (
	"testing"
	"time"
)

// A dead peer is gone within a minute, and one that answers pings never is: two of
// them fit.
func TestSilence(t *testing.T) {
	s := New(nil, Options{})
	if got := s.silence(); got >= time.Minute || got <= 2*s.opts.Ping {
		t.Errorf("a peer may be silent for %v with pings every %v", got, s.opts.Ping)
	}
}
