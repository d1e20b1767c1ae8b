package hub

import (
	"context"
	"slices"
)

// maxAdmitted bounds how many of a room's members it knows without asking the
// store. What is more is asked again.
const maxAdmitted = 16 << 10

// Members returns a page of the room's members for a scope that may read it.
func (h *Hub) Members(ctx context.Context, s *Scope, room string, q *MembersRequest) (*MemberPage, error) {
	limit, err := pageLimit(q.Limit, DefaultPage)
	if err != nil {
		return nil, err
	}
	if len(q.After) > MaxUserID || !printable(q.After) {
		return nil, Errorf(Invalid, "after is the id of a member.")
	}
	if _, err := h.enter(ctx, s, room, false); err != nil {
		return nil, err
	}
	page, more, err := h.store.Members(ctx, room, q.After, limit)
	if err != nil {
		return nil, h.unavailable("read the members of room", room, err)
	}
	if page == nil {
		page = []Member{}
	}
	return &MemberPage{Members: page, More: more}, nil
}

// Dismiss ends the user's membership of the room, and tells both.
func (h *Hub) Dismiss(ctx context.Context, room, user string) error {
	removed, err := h.store.Dismiss(ctx, room, user)
	if err != nil {
		return h.unavailable("dismiss from room", room, err)
	}
	if removed {
		h.announce(room, NewEntry(Event{Type: TypeMemberChanged, Room: room, Detail: &MemberChanged{Removed: []string{user}}}))
		h.notify(user, Event{Type: TypeRoomRemoved, Room: room})
	}
	return nil
}

// admit makes p a member of the room, unless it is known to be one: who may
// enter a room is admitted on the first occasion. Others in the room are told, and
// p's connections, but for the scope that is about to join, where one is named.
func (r *room) admit(ctx context.Context, p Participant, joining string) error {
	r.mu.Lock()
	name, ok := r.admitted[p.ID]
	r.mu.Unlock()
	if ok && name == p.Name {
		return nil
	}
	added, err := r.hub.store.Admit(ctx, r.name, p)
	if err != nil {
		return r.hub.unavailable("admit to room", r.name, err)
	}
	r.mu.Lock()
	if added && len(r.added) < MaxPresent { // else all would be told of all
		r.added = append(r.added, p)
	}
	if r.admitted == nil {
		r.admitted = make(map[string]string)
	}
	if len(r.admitted) >= maxAdmitted {
		for id := range r.admitted { // any one
			delete(r.admitted, id)
			break
		}
	}
	r.admitted[p.ID] = p.Name
	r.mu.Unlock()
	if added {
		r.presence.mu.Lock()
		soon := r.tellSoon()
		r.presence.mu.Unlock()
		if !soon {
			r.tellAdded() // there may be other hubs
		}
		r.hub.notify(p.ID, Event{Type: TypeRoomAdded, Room: r.name, Origin: joining})
	}
	return nil
}

// tellAdded tells the room who became a member.
func (r *room) tellAdded() {
	r.mu.Lock()
	added := r.added
	r.added = nil
	r.mu.Unlock()
	if len(added) > 0 && !r.crowded() {
		r.hub.announce(r.name, NewEntry(Event{Type: TypeMemberChanged, Room: r.name, Detail: &MemberChanged{Added: added}}))
	}
}

// forgetMember has those who were dismissed asked for again. It is called with the room locked.
func (r *room) forgetMember(e *Event) {
	m, ok := e.Detail.(*MemberChanged)
	if !ok || len(m.Removed) == 0 {
		return
	}
	for _, id := range m.Removed {
		delete(r.admitted, id)
	}
	r.added = slices.DeleteFunc(r.added, func(p Participant) bool { return slices.Contains(m.Removed, p.ID) })
	for s := range r.subs {
		if slices.Contains(m.Removed, s.scope.User.ID) {
			s.admitted.Store(false)
		}
	}
}
