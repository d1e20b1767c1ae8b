package hub

import (
	"sync"
	"time"
)

const (
	rushCopy  = 250 * time.Microsecond // that telling one user of one change may take of the time
	rushStart = 100 * time.Millisecond // of that, owed: a rush begins
	rushMost  = time.Second            // that is owed; so long after a rush it is over
)

// rush is whether so many come and go, over all rooms of the hub, that to tell all who
// are there of each would take much of its time: then they are told less often.
type rush struct {
	mu   sync.Mutex
	owed time.Time // until when telling would take
}

// add notes a change in a room of so many. In one of more than [MaxPresent] nobody is
// told of each.
func (r *rush) add(present int) {
	if present > MaxPresent {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.owed.Before(now) {
		r.owed = now
	}
	r.owed = r.owed.Add(time.Duration(present) * rushCopy)
	if last := now.Add(rushMost); r.owed.After(last) {
		r.owed = last
	}
}

// on reports whether there is one.
func (r *rush) on() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Until(r.owed) > rushStart
}
