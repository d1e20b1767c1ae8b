package hub

import "context"

const appending = "append to room" // as the log is told of it

// Publish asks for what e says, a chat.send_message or a change of an earlier
// message, of scope s to be committed to the log of its room, and has done told
// the outcome: the event as the log holds it, or what is wrong. done is called
// once, before or after Publish returns, and must not wait. What the log takes
// has its outcomes in the order of the calls; what is refused before is told at
// once.
//
// rows are committed with the event, or not at all.
func (h *Hub) Publish(ctx context.Context, s *Scope, e *Event, done func(*Entry, error), rows ...State) {
	var logged Event
	r, err := h.admitted(ctx, s, e, &logged)
	if err != nil {
		h.refuse(done, err)
		return
	}
	h.publish(ctx, r, &logged, done, rows)
}

// Publish is [Hub.Publish] for what the subscription's scope says in its room: what
// was asked when it joined is not asked again.
func (s *Subscription) Publish(ctx context.Context, e *Event, done func(*Entry, error)) {
	h := s.room.hub
	if !s.admitted.Load() {
		h.Publish(ctx, s.scope, e, done)
		return
	}
	var logged Event
	err := h.logged(s.scope, e, &logged)
	if err == nil && e.Type != TypeSendMessage {
		err = s.room.needsLog()
	}
	if err != nil {
		h.refuse(done, err)
		return
	}
	h.publish(ctx, s.room, &logged, done, nil)
}

// publish has e, which room r is to get, go its way.
func (h *Hub) publish(ctx context.Context, r *room, e *Event, done func(*Entry, error), rows []State) {
	if r.policy.Ephemeral {
		if err := r.keep(ctx, rows); err != nil {
			h.refuse(done, err)
			return
		}
		h.publishEphemeral(ctx, r, e, done)
		return
	}
	err := h.store.Append(ctx, Append{Event: *e, State: rows, Done: func(a Appended, err error) {
		if err != nil {
			h.refuse(done, h.unavailable(appending, r.name, err))
			return
		}
		if !a.Repeated {
			h.events.add(a.Entry.Event.Type)
		}
		h.faults.over(appending)
		// A repeated event is announced too: its first commit may have been
		// taken for a failure, and who has it ignores it.
		h.announce(r.name, a.Entry)
		done(a.Entry, nil)
	}})
	if err != nil {
		h.refuse(done, h.unavailable(appending, r.name, err))
	}
}

// refuse tells done that nothing was published.
func (h *Hub) refuse(done func(*Entry, error), err error) {
	h.refusals.add(CodeOf(err))
	done(nil, err)
}

// admitted makes logged what the log gets for the command e, and returns its room,
// which takes it from s.
func (h *Hub) admitted(ctx context.Context, s *Scope, e, logged *Event) (*room, error) {
	if err := h.logged(s, e, logged); err != nil {
		return nil, err
	}
	r, err := h.enter(ctx, s, e.Room, e.Type == TypeSendMessage)
	if err != nil {
		return nil, err
	}
	if e.Type != TypeSendMessage {
		if err := r.needsLog(); err != nil {
			return nil, err
		}
	}
	if err := r.admit(ctx, logged.From, ""); err != nil {
		return nil, err
	}
	return r, nil
}

// logged makes logged the event that the log gets for the command e, or says what
// is wrong with it.
func (h *Hub) logged(s *Scope, e, logged *Event) error {
	switch e.Type {
	case TypeSendMessage:
		return h.message(s, e, logged)
	case TypeEditMessage, TypeDeleteMessage, TypeReact, TypePressButton:
		var err error
		*logged, err = h.change(s, e)
		return err
	default:
		return Errorf(Invalid, "Events of type %.64q are not for a room's log.", e.Type)
	}
}

// announce tells all hubs of e. What the layer does not carry, they find in
// the log; so a failure is noted and no more.
func (h *Hub) announce(room string, e *Entry) {
	if e.Event.Seq == 0 && room != usersKey {
		h.events.add(e.Event.Type)
	}
	if err := h.layer.Publish(h.ctx, room, e); err != nil {
		h.log.Warn("the layer did not carry an event", "room", room, "seq", e.Event.Seq, "error", err)
	}
	h.follows.seeThat(h, room, e.Event.Seq)
}
