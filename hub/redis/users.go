package redis

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"hubbub/hub"
)

// users are those who are in rooms through this process. The server is told only
// which user is in which room here, not by how many scopes.
type users struct {
	mu    sync.Mutex
	rooms map[string]map[string]*user
	again map[string]bool // rooms of which the server is to be told all again
	last  atomic.Uint64   // place in the order of entering
}

// user is a user in a room.
type user struct {
	mu     sync.Mutex // held while the server is told, so that it hears in order
	who    hub.Participant
	scopes int
	unsure bool          // the server may think otherwise
	place  atomic.Uint64 // in the order of entering

	uses int // who needs it to stay in the map; guarded by the lock of users
}

func (u *users) init() {
	u.rooms = make(map[string]map[string]*user)
	u.again = make(map[string]bool)
}

// hold returns a user, locked, until done is called.
func (u *users) hold(room, id string) (_ *user, done func()) {
	u.mu.Lock()
	if u.rooms[room] == nil {
		u.rooms[room] = make(map[string]*user)
	}
	one := u.rooms[room][id]
	if one == nil {
		one = &user{who: hub.Participant{ID: id}}
		u.rooms[room][id] = one
	}
	one.uses++
	u.mu.Unlock()
	one.mu.Lock()
	return one, func() {
		needed := one.scopes > 0 || one.unsure
		one.mu.Unlock()
		u.mu.Lock()
		defer u.mu.Unlock()
		if one.uses--; one.uses > 0 || needed {
			return
		}
		delete(u.rooms[room], id)
		if len(u.rooms[room]) == 0 {
			delete(u.rooms, room)
			delete(u.again, room)
		}
	}
}

// in returns the ids of the room's users in the order of their entering.
func (u *users) in(room string) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	here := u.rooms[room]
	return slices.SortedFunc(maps.Keys(here), func(a, b string) int {
		return cmp.Compare(here[a].place.Load(), here[b].place.Load())
	})
}

// doubt notes that the server, for which this process was new in a room, may not
// know of the users there. It reports whether there are other ones than one.
func (u *users) doubt(room string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.rooms[room]) > 1 {
		u.again[room] = true
	}
	return u.again[room]
}

// doubted reports whether that was noted, and forgets it.
func (u *users) doubted(room string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	was := u.again[room]
	delete(u.again, room)
	return was
}

// all returns the rooms that have users.
func (u *users) all() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Collect(maps.Keys(u.rooms))
}
