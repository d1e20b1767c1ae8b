package hub

import "context"

// Published is the outcome of one event of a turn.
type Published struct {
	Entry    *Entry // as the log holds it; nil where Err is not, or where a repetition is not known
	Repeated bool   // the turn was committed before, and its rows with it
	Err      error
}

// PublishTurn is [Hub.Publish] for what scope s says at once, in one room or in
// several: all of it is one commit, with the rows. What is wrong with a single
// event leaves that one out, and the rows too where none is left; what the store
// refuses, it refuses as a whole, and so does the hub what it cannot do now, so
// that the turn can be published again. done is told the outcomes in the order of
// the events, once.
//
// In rooms that keep no log an event is published when the rest, or the rows alone,
// are committed: such an event may be lost, and is not said twice.
func (h *Hub) PublishTurn(ctx context.Context, s *Scope, events []Event, done func([]Published), rows ...State) {
	t := &turn{hub: h, ctx: ctx, outcomes: make([]Published, len(events)), done: done}
	for i := range events {
		p := part{at: i}
		var err error
		p.room, err = h.admitted(ctx, s, &events[i], &p.event)
		switch {
		case CodeOf(err) == Unavailable: // published without this one, the turn could not be published again
			t.refuse(err)
			return
		case err != nil:
			h.refusals.add(CodeOf(err))
			t.outcomes[i].Err = err
		case p.room.policy.Ephemeral:
			t.passing = append(t.passing, p)
		default:
			t.kept = append(t.kept, p)
		}
	}
	if len(t.kept) == 0 {
		t.alone(rows)
		return
	}
	a := Append{Event: t.kept[0].event, State: rows, Done: t.committed}
	for _, p := range t.kept[1:] {
		a.Then = append(a.Then, p.event)
	}
	if err := h.store.Append(ctx, a); err != nil {
		t.committed(Appended{}, err)
	}
}

// turn is several events on their way.
type turn struct {
	hub      *Hub
	ctx      context.Context
	outcomes []Published
	done     func([]Published)
	kept     []part // for logs
	passing  []part // for rooms without
}

type part struct {
	room  *room
	event Event
	at    int // in the outcomes
}

// committed is told the outcome of what is for logs. What is for others follows
// it.
func (t *turn) committed(a Appended, err error) {
	if err != nil {
		t.refuse(t.hub.unavailable(appending, t.kept[0].room.name, err))
		return
	}
	t.hub.faults.over(appending)
	for i, e := range append([]*Entry{a.Entry}, a.Then...) {
		p := t.kept[i]
		t.outcomes[p.at] = Published{Entry: e, Repeated: a.Repeated}
		if e != nil {
			if !a.Repeated {
				t.hub.events.add(e.Event.Type)
			}
			t.hub.announce(p.room.name, e)
		}
	}
	if a.Repeated {
		for _, p := range t.passing {
			t.outcomes[p.at].Repeated = true
		}
		t.passing = nil
	}
	t.carry()
}

// refuse ends the turn, of which nothing was published. What is wrong with single
// events stays so.
func (t *turn) refuse(err error) {
	for i := range t.outcomes {
		if t.outcomes[i].Err == nil {
			t.hub.refusals.add(CodeOf(err))
			t.outcomes[i].Err = err
		}
	}
	t.done(t.outcomes)
}

// alone publishes a turn of which no log keeps anything. The rows come first.
func (t *turn) alone(rows []State) {
	if len(t.passing) > 0 {
		if err := t.passing[0].room.keep(t.ctx, rows); err != nil {
			t.refuse(err)
			return
		}
	}
	t.carry()
}

// carry publishes what no log keeps, one after the other, and ends the turn.
func (t *turn) carry() {
	if len(t.passing) == 0 {
		t.done(t.outcomes)
		return
	}
	p := t.passing[0]
	t.passing = t.passing[1:]
	t.hub.publishEphemeral(t.ctx, p.room, &p.event, func(e *Entry, err error) {
		t.outcomes[p.at] = Published{Entry: e, Err: err}
		t.carry()
	})
}
