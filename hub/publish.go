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
	r, logged, err := h.admitted(ctx, s, e)
	if err == nil && r.policy.Ephemeral {
		err = r.keep(ctx, rows)
	}
	switch {
	case err != nil:
		h.refuse(done, err)
		return
	case r.policy.Ephemeral:
		h.publishEphemeral(ctx, r, logged, done)
		return
	}
	err = h.store.Append(ctx, Append{Event: logged, State: rows, Done: func(a Appended, err error) {
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

// admitted returns what the log gets for the command e, and its room, which
// takes it from s.
func (h *Hub) admitted(ctx context.Context, s *Scope, e *Event) (*room, Event, error) {
	logged, err := h.logged(s, e)
	if err != nil {
		return nil, Event{}, err
	}
	r, err := h.enter(ctx, s, e.Room, e.Type == TypeSendMessage)
	if err != nil {
		return nil, Event{}, err
	}
	if r.policy.Ephemeral && e.Type != TypeSendMessage {
		return nil, Event{}, r.needsLog()
	}
	err = r.admit(ctx, logged.From)
	return r, logged, err
}

// logged returns the event that the log gets for the command e, or what is wrong
// with it.
func (h *Hub) logged(s *Scope, e *Event) (Event, error) {
	switch e.Type {
	case TypeSendMessage:
		return h.message(s, e)
	case TypeEditMessage, TypeDeleteMessage, TypeReact, TypePressButton:
		return h.change(s, e)
	default:
		return Event{}, Errorf(Invalid, "Events of type %.64q are not for a room's log.", e.Type)
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
