package bots

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"hubbub/hub"
)

const (
	maxUnderWay = 64 // replies of a bot in one room that are not committed yet, beyond which it takes no more events
	maxPerTurn  = 64 // answers to one event

	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
	patience   = 5 // attempts until the log calls it an error
)

// reply is what a bot says to one event, on its way into the log.
type reply struct {
	events []hub.Event
	seq    int64 // of the event answered; 0 for what answers none
	state  replyState
	row    int64 // the bookmark that is committed with it
}

type replyState uint8

const (
	waiting replyState = iota
	underWay
	failed  // for now: it is published again
	settled // committed, now or before, or refused for good
)

// outbox holds a listener's replies in order, until their outcome is known.
// One that cannot be committed now holds back all after it.
type outbox struct {
	log     *slog.Logger
	counts  *counts
	changed chan struct{} // holds one token after something changed

	mu       sync.Mutex
	list     []*reply
	pending  int // of list: under way
	failures int // of list: failed
	closed   bool

	attempts int       // since the last success
	retryAt  time.Time // zero while no retry is planned

	answered int64 // newest event to which a reply is settled
	stored   int64 // bookmark that is known to be committed
}

// addTurn queues the reply to an event.
func (o *outbox) addTurn(r *reply) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, r)
}

// addAside queues what answers no event, and fails when too much is queued.
func (o *outbox) addAside(e hub.Event) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return hub.ErrEnded
	case len(o.list) >= maxUnderWay:
		return hub.Errorf(hub.RateLimited, "Too much is on its way to the room %s. Try again in a moment.", e.Room)
	}
	o.list = append(o.list, &reply{events: []hub.Event{e}})
	signal(o.changed)
	return nil
}

func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.list) >= maxUnderWay
}

// take returns the replies to be published now, marked as under way; else, if
// there is something to be tried again, how long to wait for that.
func (o *outbox) take() (batch []*reply, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop()
	if o.failures > 0 {
		if o.pending > 0 {
			return nil, 0 // their outcomes come first
		}
		if wait := o.plan(); wait > 0 {
			return nil, wait
		}
		o.failures, o.retryAt = 0, time.Time{}
	}
	for _, r := range o.list {
		if r.state == waiting || r.state == failed {
			r.state = underWay
			o.pending++
			batch = append(batch, r)
		}
	}
	return batch, 0
}

// plan returns how long to wait until the failed are tried again.
func (o *outbox) plan() time.Duration {
	if !o.retryAt.IsZero() {
		return time.Until(o.retryAt)
	}
	wait := min(firstRetry<<min(o.attempts, 16), lastRetry)
	o.retryAt = time.Now().Add(wait)
	o.attempts++
	if o.attempts == patience {
		o.log.Error("answers cannot be committed; the bot waits and tries on", "answers", o.failures)
	}
	return wait
}

// drop forgets the settled at the front.
func (o *outbox) drop() {
	n := 0
	for n < len(o.list) && o.list[n].state == settled {
		n++
	}
	clear(o.list[:n])
	o.list = o.list[n:]
}

// outcome is told what became of r's events.
func (o *outbox) outcome(r *reply, of []hub.Published) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer signal(o.changed)
	o.pending--
	// Of what was published in part, the rest was for rooms that keep no log: it is
	// lost, as may be there, and nothing is said twice.
	if !slices.ContainsFunc(of, published) && slices.ContainsFunc(of, unavailable) {
		r.state = failed
		o.failures++
		o.counts.retried.Add(1)
		return
	}
	r.state = settled
	o.answered = max(o.answered, r.seq)
	for i, p := range of {
		switch {
		case p.Err == nil:
			o.attempts = 0
			if !p.Repeated { // else its row may be another one
				o.counts.answers.Add(1)
				o.stored = max(o.stored, r.row)
			}
		case hub.CodeOf(p.Err) == hub.Conflict && r.seq > 0:
			// The event was answered before, and the answer was another one of several.
		default:
			o.counts.refused.Add(1)
			o.log.Warn("an answer was refused", "seq", r.seq, "ref", r.events[i].Ref, "error", p.Err)
		}
	}
}

func published(p hub.Published) bool   { return p.Err == nil }
func unavailable(p hub.Published) bool { return p.Err != nil && hub.CodeOf(p.Err) == hub.Unavailable }

// floor returns the newest event up to which everything is done with, if all
// up to the event at is handled and except's own reply is committed.
func (o *outbox) floor(at int64, except *reply) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.list {
		if r != except && r.state != settled && r.seq > 0 {
			return min(at, r.seq-1) // in the order of seq: the first is the oldest
		}
	}
	return at
}

// progress returns the newest event that is answered, the bookmark that is
// stored, and whether nothing is on its way.
func (o *outbox) progress() (answered, stored int64, empty bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop()
	return o.answered, o.stored, len(o.list) == 0
}

// underWay reports whether outcomes are awaited.
func (o *outbox) underWay() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending > 0
}

// reset forgets what was not published, and begins with another log.
func (o *outbox) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.list)
	o.list, o.failures, o.attempts, o.retryAt = nil, 0, 0, time.Time{}
	o.answered, o.stored = 0, 0
}

func (o *outbox) setStored(seq int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stored = seq
}

// close refuses what comes later, and reports whether outcomes are awaited.
func (o *outbox) close() (awaited bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return o.pending > 0
}
