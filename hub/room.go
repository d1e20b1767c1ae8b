package hub

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxSaid     = 256                   // unlogged events that wait for the flusher; what is more is lost
	repairGrace = 20 * time.Millisecond // events of several hubs may cross
	repairPage  = 500
)

// room is a room in memory: where its log stands, and the frames that its
// readers are given.
type room struct {
	name  string
	hub   *Hub
	shard *shard

	policy Policy

	ready chan struct{} // closed when loading has ended
	err   error         // how loading failed
	stop  func()        // stops listening to the layer

	mu        sync.Mutex
	loaded    bool
	early     []*Entry // arrived while loading
	head      int64
	first     int64
	epoch     string
	logEpoch  string // of the row in the store; set by loading
	removed   bool   // the room was deleted
	subs      map[*Subscription]struct{}
	rung      int64 // newest seq that the layer told of
	repairing bool
	logs      frameLogs
	changes   []change // of cursors, for the flusher
	said      []*Entry // unlogged events, for the flusher
	ahead     []early  // of an ephemeral room, by seq: they wait for those before them
	passing   bool     // holes, soon

	watching atomic.Int32 // attendances that are told of the room's head
	news     []*Entry     // what they have not been told; guarded by mu
	newsDue  bool

	presence presence
	admitted map[string]string // members known to be, by id, with their names
	added    []Participant     // members of whom the room is about to be told; guarded by mu

	followed uint64 // number of the newest following that it has looked at; guarded by mu

	// Guarded by the shard's lock.
	dirty   bool // in the shard's list
	pending int  // bytes since the last flush, and as many for each event as fill it

	// Guarded by the hub's lock.
	used  bool // since it was last looked at
	users int  // subscriptions, departures within their grace, presence to be told, repairs
	left  bool // memory
}

// load listens to the room and then reads its row, so that no event is missed
// between the two.
func (r *room) load(ctx context.Context, create bool) error {
	stop, err := r.hub.layer.Listen(ctx, r.name, r.receive)
	if err != nil {
		return r.hub.unavailable("listen to room", r.name, err)
	}
	info, err := r.hub.store.OpenRoom(ctx, r.name, create)
	if err != nil {
		stop()
		return r.hub.unavailable("open room", r.name, err)
	}
	var head int64
	var epoch string
	if r.policy.Ephemeral {
		if head, epoch, err = r.hub.layer.Sequence(ctx, r.name); err != nil {
			stop()
			return r.hub.unavailable("ask for the sequence of room", r.name, err)
		}
	}
	r.mu.Lock()
	r.stop = stop
	r.head, r.first, r.epoch, r.logEpoch = info.Head, info.First, info.Epoch, info.Epoch
	if r.policy.Ephemeral {
		r.head, r.first, r.epoch = head, 0, epoch
	}
	r.loaded = true
	early := r.early
	r.early = nil
	r.mu.Unlock()
	for _, e := range early {
		if seq := e.Event.Seq; seq > 0 && info.Head == 0 && !r.policy.Ephemeral {
			// It may be of another log, of a room by the same name that was deleted a
			// moment ago: the store knows.
			r.ring(seq)
			continue
		}
		r.receive(e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rung > r.head && !r.policy.Ephemeral { // more came early than was kept
		r.repairSoon()
	}
	return nil
}

// receive is handed what any hub publishes to the room.
func (r *room) receive(e *Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seq := e.Event.Seq
	r.rung = max(r.rung, seq)
	switch {
	case !r.loaded:
		if len(r.early) < maxSaid { // what is more is found in the log
			r.early = append(r.early, e)
		}
		return
	case e.Event.Type == TypeRoomRemoved:
		r.hearRemoved()
		return
	case seq == 0:
		r.forgetMember(&e.Event)
		if len(r.said) == maxSaid {
			return
		}
		r.stir(r.head + 1)
		r.said = append(r.said, e)
	case r.policy.Ephemeral:
		r.arrive(e)
	case seq <= r.head:
		return
	case seq > r.head+1:
		r.repairSoon()
		return
	default:
		r.append(e)
	}
	if len(r.logs) > 0 || len(r.said) > 0 {
		r.shard.wakeRoom(r, len(e.JSON))
	}
}

// ring notes that the layer told of seq.
func (r *room) ring(seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rung = max(r.rung, seq)
}

// append makes e the newest event of the room.
func (r *room) append(e *Entry) {
	r.stir(e.Event.Seq)
	r.head = e.Event.Seq
	rev, takesAway := e.Event.Detail.(*Revision)
	for _, l := range r.logs {
		if takesAway {
			l.forget(rev.Replaces)
		}
		l.append(e)
	}
	if r.watching.Load() > 0 {
		r.note(e)
	}
}

// repairSoon reads the log after a moment: the layer skipped an event.
func (r *room) repairSoon() {
	if !r.repairing && r.retain() {
		r.repairing = true
		time.AfterFunc(repairGrace, r.repair)
	}
}

// repair reads the log until the room has all that the layer told of, also of
// what it tells meanwhile.
func (r *room) repair() {
	for {
		head, rung, missing := r.missing()
		if !missing {
			r.release()
			return
		}
		page, _, err := r.hub.store.ReadAfter(r.hub.ctx, r.name, head, repairPage)
		if err != nil {
			if r.hub.ctx.Err() == nil {
				r.hub.faults.tell("reading what the layer skipped; will try again", r.name, err)
				time.AfterFunc(time.Second, r.repair)
			}
			return
		}
		if len(page) == 0 {
			r.disbelieve(rung)
			continue
		}
		r.skipTo(page[0].Event.Seq - 1)
		for _, e := range page {
			r.receive(e)
		}
	}
}

// missing reports whether the layer told of more than the room has. If not, the
// repair has ended.
func (r *room) missing() (head, rung int64, missing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.repairing = r.head < r.rung && !r.removed
	return r.head, r.rung, r.repairing
}

// skipTo passes over events that the log does not hold any more.
func (r *room) skipTo(seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.head = max(r.head, seq)
}

// disbelieve forgets that the layer told of rung: the log has no such event.
func (r *room) disbelieve(rung int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rung == rung {
		r.rung = r.head
	}
}

// where returns where the log stands.
func (r *room) where() (head, first int64, epoch string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.policy.Ephemeral {
		return r.head, r.head + 1, r.epoch
	}
	return r.head, r.first, r.epoch
}

// subscribe makes a cursor of reader whose next frame is that of seq next.
func (r *room) subscribe(f Format, reader Reader, next int64) *Cursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newCursor(f, reader, next)
}

// newCursor is subscribe for those who hold the room's lock.
func (r *room) newCursor(f Format, reader Reader, next int64) *Cursor {
	l := r.logs.of(f)
	if l == nil {
		l = &frameLog{format: f, budget: &r.hub.budget, count: r.shard.deliveries.of(f)}
		r.logs = append(r.logs, l)
	}
	l.users++
	c := &Cursor{room: r, log: l, reader: reader, next: next, mark: l.total, index: -1}
	r.changes = append(r.changes, change{cursor: c})
	r.shard.wakeRoom(r, 0)
	return c
}

// unsubscribe ends delivery to c. A format that nobody reads gives its memory
// back.
func (r *room) unsubscribe(c *Cursor) {
	c.close()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.removeCursor(c)
}

// removeCursor takes away a cursor that is closed. It is called with the lock.
func (r *room) removeCursor(c *Cursor) {
	r.changes = append(r.changes, change{cursor: c, leaves: true})
	if c.log.users--; c.log.users == 0 {
		c.log.release()
		r.logs.remove(c.log)
	}
	r.shard.wakeRoom(r, 0)
}

// work is what one flush has to do.
type work struct {
	changes []change
	said    []*Entry
	logs    []*frameLog
	head    int64
}

// takeWork makes w what there is to do. It uses the memory of w.logs.
func (r *room) takeWork(w *work) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.changes, w.said, w.head, w.logs = r.changes, r.said, r.head, w.logs[:0]
	r.changes, r.said = nil, nil
	for _, l := range r.logs {
		l.look()
		l.spans = l.snapshot(l.spans, l.flushed+1)
		w.logs = append(w.logs, l)
	}
}

// spansFrom returns the log's frames from that of seq on, as far as they are in
// memory, and where the room stands. The flusher calls it.
func (r *room) spansFrom(l *frameLog, seq int64) ([]span, int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.told = l.total
	return l.snapshot(nil, seq), r.head
}

// firstInMemory returns the seq from which on the log has frames.
func (r *room) firstInMemory(l *frameLog) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range l.chunks {
		if first, ok := c.first(); ok {
			return first
		}
	}
	return r.head + 1
}
