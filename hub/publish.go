package hub

import "context"

const appending = "append to room" // as the log is told of it

// Publish asks for the chat.send_message e of scope s to be committed to its
// room, and has done told the outcome: the event as the log holds it, or what
// is wrong. done is called once, before or after Publish returns, and must
// not wait. What the log takes has its outcomes in the order of the calls; what is
// refused before is told at once.
//
// rows are committed with the event, or not at all.
func (h *Hub) Publish(ctx context.Context, s *Scope, e *Event, done func(*Entry, error), rows ...State) {
	msg, err := h.message(s, e)
	if err != nil {
		done(nil, err)
		return
	}
	r, err := h.enter(ctx, s, e.Room, true)
	if err != nil {
		done(nil, err)
		return
	}
	err = h.store.Append(ctx, Append{Event: msg, State: rows, Done: func(a Appended, err error) {
		if err != nil {
			done(nil, h.unavailable(appending, r.name, err))
			return
		}
		h.faults.over(appending)
		// A repeated event is announced too: its first commit may have been
		// taken for a failure, and who has it ignores it.
		h.announce(r.name, a.Entry)
		done(a.Entry, nil)
	}})
	if err != nil {
		done(nil, h.unavailable(appending, r.name, err))
	}
}

// announce tells all hubs of e. What the layer does not carry, they find in
// the log; so a failure is noted and no more.
func (h *Hub) announce(room string, e *Entry) {
	if err := h.layer.Publish(h.ctx, room, e); err != nil {
		h.log.Warn("the layer did not carry an event", "room", room, "seq", e.Event.Seq, "error", err)
	}
}
