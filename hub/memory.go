package hub

import (
	"context"
	"slices"
	"sync"
)

// MemoryLayer is the layer of a single process. Its zero value is an empty one
// that works. It must not be copied.
type MemoryLayer struct {
	// Options are those of its channels. They are set before the first use, which
	// panics where [ChannelOptions.Check] refuses them.
	Options ChannelOptions

	mu     sync.Mutex
	rooms  map[string]*memoryRoom
	closed bool

	channels memoryChannels
}

var _ Layer = (*MemoryLayer)(nil)

type memoryRoom struct {
	sequence  memorySequence
	receivers []*func(*Entry) // replaced, never changed: Publish reads it unlocked
	users     map[string]memoryUser
	order     []Participant // by entering; empty where one left
	gaps      int           // how many of them are
	lent      bool          // the order, to who asked who is there: it is added to, and else replaced
}

type memoryUser struct {
	scopes int
	place  int // in the order
}

// NewMemoryLayer returns an empty layer with the default options.
func NewMemoryLayer() *MemoryLayer { return new(MemoryLayer) }

// Listen implements [Live].
func (l *MemoryLayer) Listen(_ context.Context, room string, receive func(*Entry)) (func(), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, own := l.room(room), &receive
	r.receivers = append(slices.Clip(r.receivers), own)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		r.receivers = slices.DeleteFunc(slices.Clone(r.receivers), func(f *func(*Entry)) bool { return f == own })
		l.drop(room, r)
	}, nil
}

// Publish implements [Live].
func (l *MemoryLayer) Publish(_ context.Context, room string, e *Entry) error {
	l.mu.Lock()
	var receivers []*func(*Entry)
	if r := l.rooms[room]; r != nil {
		receivers = r.receivers
	}
	l.mu.Unlock()
	for _, receive := range receivers {
		(*receive)(e)
	}
	return nil
}

// Enter implements [Presence].
func (l *MemoryLayer) Enter(_ context.Context, room string, p Participant) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(room)
	u, ok := r.users[p.ID]
	switch {
	case !ok:
		u.place = len(r.order)
		r.order = append(r.order, p)
	case r.order[u.place] != p: // the newest name counts
		r.ownOrder()
		r.order[u.place] = p
	}
	u.scopes++
	r.users[p.ID] = u
	return u.scopes == 1, nil
}

// Exit implements [Presence].
func (l *MemoryLayer) Exit(_ context.Context, room, user string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rooms[room]
	if r == nil {
		return false, nil
	}
	u, ok := r.users[user]
	if !ok {
		return false, nil
	}
	if u.scopes--; u.scopes > 0 {
		r.users[user] = u
		return false, nil
	}
	delete(r.users, user)
	r.leave(u)
	l.drop(room, r)
	return true, nil
}

// Present implements [Presence].
func (l *MemoryLayer) Present(_ context.Context, room string, limit int) ([]Participant, int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rooms[room]
	if r == nil {
		return nil, 0, nil
	}
	if len(r.users) > limit {
		return nil, len(r.users), nil
	}
	if r.gaps > 0 {
		r.closeGaps()
	}
	r.lent = true
	return slices.Clip(r.order), len(r.order), nil
}

// Close implements [Layer].
func (l *MemoryLayer) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.closeChannels()
	return nil
}

func (l *MemoryLayer) room(name string) *memoryRoom {
	r := l.rooms[name]
	if r == nil {
		r = &memoryRoom{users: make(map[string]memoryUser)}
		if l.rooms == nil {
			l.rooms = make(map[string]*memoryRoom)
		}
		l.rooms[name] = r
	}
	return r
}

// leave takes u out of the order. The gaps are closed when they are many, so
// that leaving a large room costs no more than leaving a small one.
func (r *memoryRoom) leave(u memoryUser) {
	r.ownOrder()
	r.order[u.place] = Participant{}
	if r.gaps++; r.gaps >= 32 && r.gaps >= len(r.order)/2 {
		r.closeGaps()
	}
}

func (r *memoryRoom) closeGaps() {
	order := make([]Participant, 0, len(r.users))
	for i, p := range r.order {
		if u, ok := r.users[p.ID]; ok && u.place == i {
			u.place = len(order)
			r.users[p.ID] = u
			order = append(order, p)
		}
	}
	r.order, r.gaps, r.lent = order, 0, false
}

// ownOrder has the order changed without those noticing who have it.
func (r *memoryRoom) ownOrder() {
	if r.lent {
		r.order, r.lent = slices.Clone(r.order), false
	}
}

// drop forgets a room that nobody listens to and nobody is in.
func (l *MemoryLayer) drop(name string, r *memoryRoom) {
	if len(r.receivers) == 0 && len(r.users) == 0 && l.rooms[name] == r {
		delete(l.rooms, name)
	}
}
