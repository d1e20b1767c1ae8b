package mqtt

import (
	"slices"
	"sync"

	"hubbub/hub"
)

// window is what a client may owe PUBACKs for, of the messages that rooms have
// for it, and who waits for a place in it. Its lock is held while anything is
// delivered.
//
// Packet ids to the client are ours alone: mochi delivers at QoS 0.
type window struct {
	mu      sync.Mutex
	size    int                 // ids that may be out
	out     map[uint16]struct{} // ids that are
	last    uint16              // given
	held    bool                // nobody is delivered to
	late    [][]byte            // packets that go out when it is held no more
	waiting []*reader           // in the order in which they were refused, each once
}

// hold stops delivery until [window.release]: when it returns, none is under way.
func (w *window) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = true
}

// release lets delivery go on, and has send take what waited for it.
func (w *window) release(send func([]byte)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held {
		w.held = false
		for _, b := range w.late {
			send(b)
		}
		w.late = nil
		w.wake(len(w.waiting))
	}
}

// next returns an id for a message and false where the window is full. It is
// called with the lock.
func (w *window) next() (uint16, bool) {
	if len(w.out) >= w.size {
		return 0, false
	}
	if w.out == nil {
		w.out = make(map[uint16]struct{})
	}
	for {
		w.last = max(w.last+1, 1) // 0 is no id
		if _, taken := w.out[w.last]; !taken {
			w.out[w.last] = struct{}{}
			return w.last, true
		}
	}
}

// acknowledge frees id, and reports whether it was out.
func (w *window) acknowledge(id uint16) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.out[id]; !ok {
		return false
	}
	delete(w.out, id)
	w.refill()
	return true
}

// wait has r woken when there is a place. It is called with the lock.
func (w *window) wait(r *reader, c *hub.Cursor) {
	r.cursor = c
	if !r.waits {
		r.waits = true
		w.waiting = append(w.waiting, r)
	}
}

// refill wakes those that wait, in turn, once half of the window is free: a
// packet for every PUBACK would be a run through the room for each. It is called
// with the lock.
func (w *window) refill() {
	if free := w.size - len(w.out); !w.held && 2*free >= w.size {
		w.wake(min(free, len(w.waiting)))
	}
}

func (w *window) wake(n int) {
	for _, r := range w.waiting[:n] {
		r.waits = false
		r.cursor.Wake()
	}
	w.waiting = slices.Delete(w.waiting, 0, n)
}

// leave forgets r, and gives its turn to another. It is called with the lock.
func (w *window) leave(r *reader) {
	if r.waits {
		w.waiting = slices.DeleteFunc(w.waiting, func(other *reader) bool { return other == r })
		r.waits = false
		r.cursor.Wake() // it takes all that it is offered from now on
		w.refill()
	}
}
