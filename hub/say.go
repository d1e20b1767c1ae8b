package hub

import "context"

// Typing tells the room that the scope's user is writing. It is off in rooms
// with more than [MaxPresent] present.
func (h *Hub) Typing(ctx context.Context, s *Scope, room string) error {
	r, err := h.enter(ctx, s, room, false)
	if err != nil || r.crowded() {
		return err
	}
	h.announce(r.name, NewEntry(Event{Type: TypeTyping, Room: r.name, From: s.Participant()}))
	return nil
}

// MarkRead says that the scope's user has read the room up to seq, and tells the
// room and the user's other connections; where more than [MaxPresent] are
// present, these alone. A mark that is there already tells nobody.
func (h *Hub) MarkRead(ctx context.Context, s *Scope, room string, seq int64) error {
	if seq < 1 {
		return Errorf(Invalid, "seq is that of an event, from 1 on.")
	}
	r, err := h.enter(ctx, s, room, false)
	if err == nil {
		err = r.needsLog()
	}
	if err != nil {
		return err
	}
	if err := r.admit(ctx, s.Participant(), ""); err != nil {
		return err
	}
	mark, moved, err := h.store.MarkRead(ctx, r.name, s.User.ID, seq)
	if err != nil {
		return h.unavailable("mark as read in room", r.name, err)
	}
	if !moved {
		return nil
	}
	e := Event{Type: TypeRead, Room: r.name, From: s.Participant(), Detail: &Read{Read: mark}}
	if !r.crowded() {
		h.announce(r.name, NewEntry(e))
	}
	h.notify(s.User.ID, e)
	return nil
}

// crowded reports whether there are more in the room than are told of each
// other.
func (r *room) crowded() bool { return r.presence.count.Load() > MaxPresent }
