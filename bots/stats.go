package bots

import "sync/atomic"

// Stats say what a runner's bots do, and have done since it started.
type Stats struct {
	Bots          int
	Conversations int    // that are open
	Answers       uint64 // that are in a log, or in a room that keeps none
	Refused       uint64 // answers that were refused for good
	Retried       uint64 // turns whose answers could not be committed, and are tried again
	Failures      uint64 // of conversations: what a bot's log says that it failed
}

// counts are what the bots of a runner share.
type counts struct {
	answers, refused, retried, failures atomic.Uint64
}

// Stats returns how the bots do.
func (r *Runner) Stats() Stats {
	s := Stats{
		Bots:    len(r.talks),
		Answers: r.counts.answers.Load(), Refused: r.counts.refused.Load(),
		Retried: r.counts.retried.Load(), Failures: r.counts.failures.Load(),
	}
	for _, talks := range r.talks {
		s.Conversations += talks.count()
	}
	return s
}

// count returns how many conversations are open.
func (cs *conversations) count() int {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return len(cs.open)
}
