package hub

import (
	"context"
	"time"
)

// DeleteRoom ends the room for good: its log with all that was said, its members,
// their marks and its refs. Whoever is in it is told room.removed and hears no more
// of it; an MQTT connection, which could not be told otherwise, is ended. When
// DeleteRoom returns, joining or writing makes the room anew on this hub, as
// another one: with another epoch, from seq 1 on.
func (h *Hub) DeleteRoom(ctx context.Context, name string) error {
	if err := CheckRoomName(name); err != nil {
		return err
	}
	// What was begun is finished, whoever asked for it: else the room would stay in
	// memory without a log.
	if err := h.store.DeleteRoom(context.WithoutCancel(ctx), name); err != nil {
		return h.unavailable("delete room", name, err)
	}
	h.checkRemoved(name)
	h.announce(name, NewEntry(Event{Type: TypeRoomRemoved, Room: name}))
	return nil
}

// checkRemoved has the room leave memory, and all who are in it leave the room,
// unless the store has it still, or again.
func (h *Hub) checkRemoved(name string) {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return
	}
	if <-r.ready; r.err != nil {
		return
	}
	if info, err := h.store.OpenRoom(h.ctx, name, false); err == nil && info.Epoch == r.logEpoch {
		return
	}
	h.mu.Lock()
	if h.rooms[name] != r { // it left by itself, or the hub is closing
		h.mu.Unlock()
		return
	}
	delete(h.rooms, name)
	r.left = true
	if r.users > 0 {
		h.idle.held--
	}
	h.mu.Unlock()
	r.stop()
	r.presence.remove(r)
	subs := r.remove()
	for _, w := range h.heads.remove(r) {
		_ = w.Send(Event{Type: TypeRoomRemoved, Room: name}) // one that has ended is told nothing
	}
	for s := range subs {
		s.remove()
	}
}

// hearRemoved is told that a room may have been removed. The layer may tell late,
// when it has been made again: so it is looked after.
func (r *room) hearRemoved() {
	time.AfterFunc(0, func() { r.hub.checkRemoved(r.name) })
}

// remove says that the room is there no more, and returns who is in it.
func (r *room) remove() map[*Subscription]struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.removed = true
	subs := r.subs
	r.subs = nil
	return subs
}

// add notes a subscription, and reports false where the room is there no more.
func (r *room) add(s *Subscription) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.removed {
		return false
	}
	if r.subs == nil {
		r.subs = make(map[*Subscription]struct{})
	}
	r.subs[s] = struct{}{}
	_, admitted := r.admitted[s.scope.User.ID] // else dismissed since, or one of very many
	s.admitted.Store(admitted)
	return true
}

// drop forgets a subscription.
func (r *room) drop(s *Subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.subs, s)
}

// remove ends the subscription of a room that is there no more, and tells whoever
// it belongs to, after all that the room delivered: not before [Subscription.Start].
func (s *Subscription) remove() {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.removed = true
	started := s.started
	s.mu.Unlock()
	s.End()
	if started {
		s.tellRemoved()
	}
}

func (s *Subscription) tellRemoved() {
	_ = s.out.Send(Event{Type: TypeRoomRemoved, Room: s.room.name, Tag: s.tag}) // one that has ended is told nothing
}

// Removed reports whether the subscription ended because its room was removed.
func (s *Subscription) Removed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removed
}

// remove stops telling of presence, and counts all departures at once: the next
// room of the name begins without them.
func (p *presence) remove(r *room) {
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.removed = true
	for _, d := range p.leaving {
		r.uncount(d.user)
	}
	p.leaving = nil
}

// uncount takes away a joined scope of a room whose presence nobody is told of.
func (r *room) uncount(user string) {
	if _, err := r.hub.layer.Exit(r.hub.ctx, r.name, user); err != nil {
		r.hub.log.Warn("a departure was not counted", "room", r.name, "error", err)
	}
}

// remove ends watching the room, and returns the connections that did.
func (h *heads) remove(r *room) []Sender {
	h.mu.Lock()
	defer h.mu.Unlock()
	var watched []Sender
	for w := range h.watchers[r] {
		watched = append(watched, w.of.out)
		h.unwatch(w.of, r.name)
	}
	for _, all := range h.users {
		for _, a := range all {
			a.joined.removeAll(r.name)
		}
	}
	return watched
}
