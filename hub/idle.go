package hub

import "time"

// idleRooms has rooms that nobody uses leave memory. One goroutine looks at
// the rooms in turn: who was not used since the last look, and has no users,
// leaves. So using a room costs no more than a mark.
//
// Who holds a room that left meanwhile does no harm: what it published reaches
// whoever listens, and a join comes back for the room that was loaded since
// (see [room.retain]).
type idleRooms struct {
	crowded chan struct{} // holds one token when there may be too many

	// Guarded by the hub's lock.
	inTurn []*room // all rooms in memory that are loaded, each once; the first is looked at next
	held   int     // how many of them have users
}

// looksAtOnce is how many rooms are looked at under one lock of the hub.
const looksAtOnce = 64

// retain keeps the room in memory until [room.release]. It reports false when
// the room has left.
func (r *room) retain() bool {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if r.left {
		return false
	}
	if r.users++; r.users == 1 {
		r.hub.idle.held++
	}
	return true
}

func (r *room) release() {
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if r.users--; r.users == 0 && !r.left {
		r.used = true // it was, until now
		r.hub.idle.held--
		r.hub.crowd()
	}
}

// keep adds a room that was loaded to those that are looked at. It is called
// with the hub's lock.
func (h *Hub) keep(r *room) {
	h.idle.inTurn = append(h.idle.inTurn, r)
	h.crowd()
}

// crowd has the rooms looked at before their time where there are too many. It
// is called with the hub's lock.
func (h *Hub) crowd() {
	if h.tooMany() {
		select {
		case h.idle.crowded <- struct{}{}:
		default:
		}
	}
}

// tooMany is called with the hub's lock.
func (h *Hub) tooMany() bool { return len(h.idle.inTurn)-h.idle.held > h.opts.IdleRooms }

// sweep has rooms leave until the hub is closed.
func (h *Hub) sweep() {
	tick := time.NewTicker(h.opts.Idle)
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
			h.letGoOfQuiet()
			h.look(1, func() bool { return true })
		case <-h.idle.crowded:
			h.look(2, h.tooMany) // the first look at who was used only takes the mark
		case <-h.follows.missed:
			h.catchMissed()
		}
	}
}

// look goes through all rooms so many times, while there is need.
func (h *Hub) look(times int, need func() bool) {
	h.mu.Lock()
	looks := times * len(h.idle.inTurn)
	h.mu.Unlock()
	for more := true; more; {
		var left []*room
		h.mu.Lock()
		for range looksAtOnce {
			if more = looks > 0 && len(h.idle.inTurn) > 0 && need(); !more {
				break
			}
			looks--
			if r := h.lookAtNext(); r != nil {
				left = append(left, r)
			}
		}
		h.mu.Unlock()
		for _, r := range left {
			r.stop()
		}
	}
}

// lookAtNext returns the room in turn where it leaves memory. It is called with
// the hub's lock.
func (h *Hub) lookAtNext() *room {
	r := h.idle.inTurn[0]
	h.idle.inTurn[0] = nil
	h.idle.inTurn = h.idle.inTurn[1:]
	if h.rooms[r.name] != r {
		return nil // the hub is closing, and has it, or it was removed
	}
	if r.used || r.users > 0 {
		r.used = false
		h.idle.inTurn = append(h.idle.inTurn, r)
		return nil
	}
	r.left = true
	delete(h.rooms, r.name)
	return r
}
