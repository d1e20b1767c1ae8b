package bots

import "sync/atomic"

// Stats say what a runner's bots do, and have done since it started.
type Stats struct {
	Bots          int
	Conversations int    // that are open
	Waiting       int    // turns that are not committed yet
	Answers       uint64 // that are in a log, or in a room that keeps none
	Refused       uint64 // answers that were refused for good
	Retried       uint64 // commits that could not be made, and are tried again
	Failures      uint64 // of conversations: what a bot's log says that it failed
}

// counts are what the bots of a runner share.
type counts struct {
	answers, refused, retried, failures atomic.Uint64
}

// Stats returns how the bots do.
func (r *Runner) Stats() Stats {
	s := Stats{
		Answers: r.counts.answers.Load(), Refused: r.counts.refused.Load(),
		Retried: r.counts.retried.Load(), Failures: r.counts.failures.Load(),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Bots = len(r.bots)
	for _, b := range r.bots {
		s.Conversations += b.talks.count()
		s.Waiting += b.ledger.count()
	}
	return s
}

// count returns how many conversations are open.
func (cs *conversations) count() int {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return len(cs.open)
}

// count returns how many turns wait.
func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}
