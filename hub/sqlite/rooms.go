package sqlite

import (
	"container/list"
	"context"
	"strings"
	"sync"
	"time"

	"hubbub/hub"
)

// What is kept of rooms. One that is used again is read from the file, which
// for the refs of a busy room takes a while: so these are kept for some time
// whatever they weigh.
const (
	keptRooms = 10_000
	keptRefs  = 1 << 20 // some 60 MB
	keptFor   = time.Minute
)

// rooms are the rooms in memory. A room that is being read from the file has
// its place here already, and who wants it waits; a room with pins stays. So
// there is one of each, and no commit that it does not learn of: the writer
// pins what it writes to.
type rooms struct {
	mostRooms, mostRefs int
	load                func(context.Context, *room) error // from the file

	mu     sync.Mutex
	byName map[string]*room
	order  list.List // of *room; the longest unused is the first
	refs   int       // of all rooms, as far as was noted
}

// place is a room's place among the others. It is guarded by their lock.
type place struct {
	pins    int
	element *list.Element // in order
	used    time.Time     // when it was last unpinned
	refs    int           // as it was noted
}

// pin returns the room from memory, or from the file. It stays until it is
// unpinned.
func (s *rooms) pin(ctx context.Context, name string) (*room, error) {
	for {
		r, mine := s.find(name)
		if mine {
			err := s.load(context.WithoutCancel(ctx), r) // for those who wait too
			s.loaded(r, err)
			if err != nil {
				return nil, err
			}
			return r, nil
		}
		if err := r.wait(ctx); err != nil {
			s.unpin(r)
			return nil, err
		}
		if r.err == nil {
			return r, nil
		}
		// It may be there by now: it is looked for anew.
	}
}

// wait waits until the room was read, which it mostly was long ago.
func (r *room) wait(ctx context.Context) error {
	select {
	case <-r.ready:
		return nil
	default:
	}
	select {
	case <-r.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// find returns the pinned room, and whether the caller is to load it.
func (s *rooms) find(name string) (r *room, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r = s.byName[name]; r == nil {
		name = strings.Clone(name) // it may be a part of a message
		r = &room{info: hub.RoomInfo{Name: name}, refs: hub.NewRefs(), ready: make(chan struct{})}
		s.byName[name] = r
		r.place.element = s.order.PushBack(r)
		mine = true
	}
	r.place.pins++
	s.order.MoveToBack(r.place.element)
	return r, mine
}

func (s *rooms) loaded(r *room, err error) {
	if r.err = err; err != nil {
		s.forget(r)
	}
	close(r.ready)
}

// unpin lets the rooms go when they are unused for long enough.
func (s *rooms) unpin(rooms ...*room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, r := range rooms {
		if r.place.pins--; s.byName[r.info.Name] != r {
			continue // forgotten
		}
		refs := r.countRefs()
		s.refs += refs - r.place.refs
		r.place.refs, r.place.used = refs, now
	}
	for e := s.order.Front(); e != nil && s.tooMuch(e.Value.(*room), now); {
		r := e.Value.(*room)
		if e = e.Next(); r.place.pins == 0 {
			s.remove(r)
		}
	}
}

// tooMuch reports whether room r, the longest unused, is to go.
func (s *rooms) tooMuch(r *room, now time.Time) bool {
	return s.order.Len() > s.mostRooms || s.refs > s.mostRefs && now.Sub(r.place.used) >= keptFor
}

// forget has the room read anew when it is used again.
func (s *rooms) forget(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(r)
}

// forgetNames is forget of the rooms of these names.
func (s *rooms) forgetNames(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if r := s.byName[name]; r != nil {
			s.remove(r)
		}
	}
}

// remove is called with the lock.
func (s *rooms) remove(r *room) {
	if s.byName[r.info.Name] != r {
		return
	}
	delete(s.byName, r.info.Name)
	s.refs -= r.place.refs
	s.order.Remove(r.place.element)
}
