package hub

import (
	"context"
	"slices"
)

// maxWatched bounds the rooms that one connection is told of without having
// joined them.
const maxWatched = 500

// usersKey is what the layer carries notices to users under. It is no room's name.
const usersKey = "users!"

// Attendance has a connection told of the rooms that its user is a member of and
// that it has not joined: room.added, room.removed, room.head, and how far the
// user has read on other connections.
type Attendance struct {
	hub   *Hub
	scope string
	user  User
	out   Sender

	// Guarded by the lock of the hub's heads.
	joined  rooms
	watched map[string]*watch
	closed  bool
}

// watch is a room that an attendance has not joined.
type watch struct {
	of     *Attendance
	room   *room  // retained
	unread Unread // of the goroutine that tells heads
}

// Attend begins to tell out, the connection of scope s, of its user's rooms. The
// first it hears, soon after, is where each of them stands; a fresh user has none. The caller says what
// the connection joins and leaves, and closes the attendance.
func (h *Hub) Attend(s *Scope, out Sender) *Attendance {
	a := &Attendance{hub: h, scope: s.ID, user: s.User, out: out}
	h.heads.mu.Lock()
	defer h.heads.mu.Unlock()
	h.heads.users[a.user.ID] = append(h.heads.users[a.user.ID], a)
	if !a.user.Fresh {
		h.heads.look(errand{of: a})
	}
	return a
}

// Joined says that the connection has joined the room, and so is told by it.
func (a *Attendance) Joined(room string) {
	h := a.hub
	h.heads.mu.Lock()
	defer h.heads.mu.Unlock()
	a.joined.add(room)
	h.heads.unwatch(a, room)
}

// Left says that the connection has left the room.
func (a *Attendance) Left(room string) {
	h := a.hub
	h.heads.mu.Lock()
	defer h.heads.mu.Unlock()
	if !a.joined.has(room) {
		return // the room was removed meanwhile
	}
	if a.joined.remove(room); !a.joined.has(room) {
		h.heads.look(errand{of: a, room: room})
	}
}

// rooms are names, each as often as it was added. A connection has few, and there
// are many connections.
type rooms []string

func (r *rooms) add(name string)     { *r = append(*r, name) }
func (r rooms) has(name string) bool { return slices.Contains(r, name) }
func (r *rooms) removeAll(name string) {
	*r = slices.DeleteFunc(*r, func(other string) bool { return other == name })
}

func (r *rooms) remove(name string) {
	if i := slices.Index(*r, name); i >= 0 {
		*r = slices.Delete(*r, i, i+1)
	}
}

// Close ends the attendance. What is on its way may still be sent.
func (a *Attendance) Close() {
	h := a.hub
	h.heads.mu.Lock()
	defer h.heads.mu.Unlock()
	a.closed = true
	for room := range a.watched {
		h.heads.unwatch(a, room)
	}
	all := slices.DeleteFunc(h.heads.users[a.user.ID], func(other *Attendance) bool { return other == a })
	if len(all) == 0 {
		delete(h.heads.users, a.user.ID)
		return
	}
	h.heads.users[a.user.ID] = all
}

// notify tells all connections of the user, on whatever hub.
func (h *Hub) notify(user string, e Event) {
	e.Target = user
	h.announce(usersKey, NewEntry(e))
}

// noticed is handed what any hub tells a user.
func (h *Hub) noticed(entry *Entry) {
	e := entry.Event
	user := e.Target
	joining := e.Origin // is told by its answer
	e.Target, e.Origin = "", ""
	crowded := false
	h.mu.Lock()
	r := h.rooms[e.Room]
	h.mu.Unlock()
	if r != nil {
		crowded = r.crowded() // nobody is in a room that is being loaded
	}
	var tell []Sender
	h.heads.mu.Lock()
	for _, a := range h.heads.users[user] {
		switch e.Type {
		case TypeRoomRemoved:
			h.heads.unwatch(a, e.Room)
			h.heads.look(errand{of: a, room: e.Room}) // it may be about to be watched
		case TypeRead:
			if a.joined.has(e.Room) && !crowded {
				continue // the room tells it
			}
			h.heads.look(errand{of: a, room: e.Room})
		default:
			h.heads.look(errand{of: a, room: e.Room})
		}
		if a.scope != joining {
			tell = append(tell, a.out)
		}
	}
	h.heads.mu.Unlock()
	for _, out := range tell {
		_ = out.Send(e) // a connection that has ended is told nothing
	}
}

// Restarting tells all attendances of this hub that it is about to stop.
func (h *Hub) Restarting() {
	var tell []Sender
	h.heads.mu.Lock()
	for _, all := range h.heads.users {
		for _, a := range all {
			tell = append(tell, a.out)
		}
	}
	h.heads.mu.Unlock()
	for _, out := range tell {
		_ = out.Send(Event{Type: TypeRestarting}) // one that has ended needs not be told
	}
}

// listenForUsers has the hub hear what is told to users.
func (h *Hub) listenForUsers(ctx context.Context) (stop func()) {
	stop, err := h.layer.Listen(ctx, usersKey, h.noticed)
	if err != nil {
		h.log.Error("users are not told what happens to them on other hubs", "error", err)
		return func() {}
	}
	return stop
}
