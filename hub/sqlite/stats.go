package sqlite

import (
	"sync/atomic"
	"time"

	"hubbub/hub"
)

// Stats say how the store has committed since it was opened.
type Stats struct {
	Events  hub.Distribution // a commit; 0 for one of other rows
	Seconds hub.Distribution // that a commit took, from its begin to the disk
	Failed  uint64           // transactions that failed, with all that was in them
}

type stats struct {
	events, seconds *hub.Histogram
	failed          atomic.Uint64
}

func newStats() stats {
	return stats{
		events:  hub.NewHistogram(0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
		seconds: hub.NewHistogram(.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5),
	}
}

func (s *stats) note(events int, took time.Duration, err error) {
	if err != nil {
		s.failed.Add(1)
		return
	}
	s.events.Observe(float64(events))
	s.seconds.Observe(took.Seconds())
}

// Stats returns how the store has committed so far.
func (s *Store) Stats() Stats {
	return Stats{s.stats.events.Distribution(), s.stats.seconds.Distribution(), s.stats.failed.Load()}
}
