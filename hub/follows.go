package hub

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// follows are a hub's followings. A room looks at them when something happens there
// and there are some that it has not looked at: so a room costs a following nothing
// until then, and an event costs no more than a look at a number.
type follows struct {
	newest atomic.Uint64 // number of the newest following; 0 while there is none
	missed chan struct{} // holds one token while events are

	mu     sync.Mutex
	last   uint64        // number given
	all    []*Following  // by number
	events []missedEvent // not caught yet
}

// missedEvent is one that no room in memory was told of.
type missedEvent struct {
	room string
	seq  int64
}

func (fs *follows) add(f *Following) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.last++
	f.number = fs.last
	fs.all = append(fs.all, f)
	fs.newest.Store(f.number)
}

func (fs *follows) remove(f *Following) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all = slices.DeleteFunc(fs.all, func(other *Following) bool { return other == f })
	if len(fs.all) == 0 {
		fs.newest.Store(0)
	}
}

// after returns the followings with a higher number.
func (fs *follows) after(number uint64) []*Following {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	i, _ := slices.BinarySearchFunc(fs.all, number+1, func(f *Following, n uint64) int { return cmp.Compare(f.number, n) })
	return slices.Clone(fs.all[i:])
}

// firstMissed returns the seq of the first event of a room that nobody was told of, and
// next where there is none before that.
func (fs *follows) firstMissed(room string, next int64) int64 {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, e := range fs.events {
		if e.room == room {
			next = min(next, e.seq)
		}
	}
	return next
}

// stir has the followings that have not been here since the room was quiet read on
// from the event next, which is about to come, or from one before it that is to be
// caught still. It is called with the room locked.
func (r *room) stir(next int64) {
	fs := &r.hub.follows
	newest := fs.newest.Load()
	if newest == 0 || newest == r.followed {
		return
	}
	next = fs.firstMissed(r.name, next)
	for _, f := range fs.after(r.followed) {
		f.open(r, next)
	}
	r.followed = newest
}

// seeThat has followings told of an event of a log, whose room may have left memory
// since it was accepted.
func (fs *follows) seeThat(h *Hub, room string, seq int64) {
	if seq == 0 || fs.newest.Load() == 0 {
		return
	}
	h.mu.Lock()
	r := h.rooms[room]
	h.mu.Unlock()
	if r != nil && r.heard(seq) {
		return
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.events = append(fs.events, missedEvent{room, seq})
	select {
	case fs.missed <- struct{}{}:
	default:
	}
}

// heard reports whether the layer has told the room, which may be loading still, of
// an event.
func (r *room) heard(seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rung >= seq
}

// catchMissed has the followings read what no room in memory was told of.
func (h *Hub) catchMissed() {
	h.follows.mu.Lock()
	events := slices.Clone(h.follows.events)
	h.follows.mu.Unlock()
	// Until all are caught, whoever opens a room sees which it has to begin with.
	defer func() {
		h.follows.mu.Lock()
		defer h.follows.mu.Unlock()
		h.follows.events = slices.Delete(h.follows.events, 0, len(events))
	}()
	for _, e := range events {
		r, err := h.roomToStay(h.ctx, e.room)
		if err != nil {
			continue // the log was told why; they are told with the room's next event
		}
		r.mu.Lock()
		for _, f := range h.follows.after(0) {
			f.open(r, e.seq)
		}
		r.mu.Unlock()
		r.release()
	}
}

// letGoOfQuiet has the followings leave the rooms that are quiet.
func (h *Hub) letGoOfQuiet() {
	for _, f := range h.follows.after(0) {
		f.letGo()
	}
}
