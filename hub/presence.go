package hub

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// MaxPresent is the number of users from which on presence is a count.
const MaxPresent = 200

const (
	presenceDelay    = 50 * time.Millisecond  // changes within it are told together
	minPresencePause = 250 * time.Millisecond // between two tellings: who joins in a storm is told with others
	maxPresencePause = time.Second
	presencePauseOf  = 20 * time.Millisecond // of it, for each who is there, since each costs a write
	rushPauses       = 4                     // times as long it is in a rush
	maxRushPause     = 2 * time.Second
)

// presence collects a room's changes of presence, to tell them together, and with
// them who became a member.
type presence struct {
	count atomic.Int64 // users there, when it was last known; who asks waits for nothing

	mu      sync.Mutex
	joined  []Participant
	left    []string
	timer   *time.Timer // runs while there is something to tell
	told    time.Time   // when it was last
	leaving []departure // within their grace, the oldest first
	grace   *time.Timer // runs while there are some
	roster  roster      // kept while either timer runs: others come, or come back
	stopped bool
	removed bool // with the room: nobody is told any more, and nothing waits
}

// departure is a joined scope that ended: it counts until then.
type departure struct {
	user string
	due  time.Time
}

// enter counts a joined scope and returns who is there then.
func (r *room) enter(ctx context.Context, p Participant) (Present, error) {
	first, err := r.hub.layer.Enter(ctx, r.name, p)
	if err != nil {
		return Present{}, err
	}
	users, count, err := r.hub.layer.Present(ctx, r.name, MaxPresent)
	if err != nil {
		r.exit(p.ID)
		return Present{}, err
	}
	r.presence.mu.Lock()
	defer r.presence.mu.Unlock()
	if first {
		r.presence.left = slices.DeleteFunc(r.presence.left, func(id string) bool { return id == p.ID })
		r.presence.joined = append(r.presence.joined, p)
		r.presence.count.Store(int64(count))
		r.hub.rush.add(count)
		r.tellSoon()
	}
	if len(users) == 0 {
		r.presence.roster = roster{}
		return Present{Count: count}, nil
	}
	defer r.presence.tidy()
	return r.presence.roster.present(users), nil
}

// tidy forgets the roster where no others are likely to come soon. It is called with
// the lock.
func (p *presence) tidy() {
	if p.timer == nil && p.grace == nil {
		p.roster = roster{}
	}
}

// exit takes a joined scope away, after a grace: a user who comes back in time
// was never gone.
func (r *room) exit(user string) {
	p := &r.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed {
		r.uncount(user)
		return
	}
	if p.stopped {
		return
	}
	grace := r.hub.opts.Grace
	p.leaving = append(p.leaving, departure{user, time.Now().Add(grace)})
	if p.grace == nil && r.retain() {
		p.grace = time.AfterFunc(grace, r.countDepartures)
	}
}

// countDepartures takes away the scopes whose grace is over.
func (r *room) countDepartures() {
	for r.countDeparture() {
	}
}

// countDeparture takes away one scope, and reports whether there may be more.
// Where none is due it sees to the next time.
func (r *room) countDeparture() bool {
	p := &r.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return false
	}
	if len(p.leaving) == 0 {
		p.leaving, p.grace = nil, nil
		p.tidy()
		r.release()
		return false
	}
	next := p.leaving[0]
	if wait := time.Until(next.due); wait > 0 {
		p.grace.Reset(wait)
		return false
	}
	p.leaving[0] = departure{}
	p.leaving = p.leaving[1:]
	r.gone(next.user)
	return true
}

// gone is called with the presence locked.
func (r *room) gone(user string) {
	last, err := r.hub.layer.Exit(r.hub.ctx, r.name, user)
	if err != nil {
		r.hub.log.Warn("a departure was not counted", "room", r.name, "error", err)
		return
	}
	if last {
		p := &r.presence
		p.joined = slices.DeleteFunc(p.joined, func(u Participant) bool { return u.ID == user })
		p.left = append(p.left, user)
		r.hub.rush.add(int(p.count.Load()))
		r.tellSoon()
	}
}

// tellSoon is called with the presence locked. It reports false where nobody will be
// told: the room has left memory, or the hub is about to end.
func (r *room) tellSoon() bool {
	if r.presence.timer != nil {
		return true
	}
	if r.presence.stopped || !r.retain() {
		return false
	}
	r.presence.timer = time.AfterFunc(r.presence.delay(r.hub.rush.on()), r.tellPresence)
	return true
}

// delay returns how long a change waits for others: in a room that was not told lately
// hardly at all, also in a rush. It is called with the lock.
func (p *presence) delay(rush bool) time.Duration {
	count := p.count.Load()
	pause := min(max(minPresencePause, time.Duration(count)*presencePauseOf), maxPresencePause)
	if rush {
		pause = min(rushPauses*pause, maxRushPause)
	}
	if count > MaxPresent {
		return pause
	}
	return max(presenceDelay, pause-time.Since(p.told))
}

func (r *room) tellPresence() {
	defer r.release()
	p := &r.presence
	p.mu.Lock()
	change := &PresenceChanged{Joined: p.joined, Left: p.left}
	p.joined, p.left, p.timer, p.told = nil, nil, nil, time.Now()
	p.tidy()
	stopped := p.stopped
	p.mu.Unlock()
	if stopped {
		return
	}
	r.tellAdded()
	if len(change.Joined)+len(change.Left) == 0 {
		return
	}
	var err error
	if _, change.Count, err = r.hub.layer.Present(r.hub.ctx, r.name, 0); err != nil {
		r.hub.log.Warn("presence was not told", "room", r.name, "error", err)
		return
	}
	p.count.Store(int64(change.Count))
	if change.Count > MaxPresent {
		change.Joined, change.Left = nil, nil
	}
	r.hub.announce(r.name, NewEntry(Event{Type: TypePresenceChanged, Room: r.name, Detail: change}))
}

// stop ends all timers.
func (p *presence) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	if p.timer != nil {
		p.timer.Stop()
	}
	if p.grace != nil {
		p.grace.Stop()
	}
}
