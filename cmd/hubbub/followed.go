package main

import (
	"fmt"

	"hubbub/hub"
)

// followed is a room that a tail follows. It knows what was printed, and what
// to ask the hub for: it does not talk to it. No event is passed over, and each
// is printed once, whatever connections do meanwhile.
type followed struct {
	name  string
	lines int    // newest messages to begin with
	from  *since // where to begin instead; nil once it has begun
	print printer

	seen   *int64 // newest seq that is done with; nil before the first answer
	epoch  string
	search *search
	paging bool  // reading the log: what comes meanwhile is in it too
	told   int64 // newest seq that came meanwhile
	sought int64 // told, when it was asked for
	gone   bool  // the room was deleted
}

// printer puts events before whoever looks on.
type printer interface {
	event(room string, e *hub.Entry) error
	gap(room string, gap hub.Gap) error
	note(text string)
}

// join returns what the hub is asked when a connection begins.
func (r *followed) join() *hub.Join {
	r.search, r.paging, r.told = nil, false, 0
	q := &hub.Join{Since: r.seen, Epoch: r.epoch, Limit: r.lines}
	if r.from != nil {
		q.Limit = 0
	}
	return q
}

// joined takes the answer, and returns what to ask for next, if anything.
func (r *followed) joined(d *hub.Joined) (*hub.HistoryRequest, error) {
	another := r.epoch != "" && r.epoch != d.Epoch
	r.epoch = d.Epoch
	switch {
	case r.from != nil:
		return r.begin(d), nil
	case r.seen == nil || d.Recovered:
		return nil, r.printPage(d.Events, d.Head)
	case another:
		r.print.note(fmt.Sprintf("the log of %s is another one than before (restored, made again, or of a room that keeps none); going on with its newest", r.name))
		r.seen = nil
		return nil, r.printPage(d.Events, d.Head)
	}
	if *r.seen < d.First-1 {
		if err := r.print.gap(r.name, hub.Gap{After: *r.seen, Next: d.First}); err != nil {
			return nil, err
		}
		*r.seen = d.First - 1
	}
	return r.page(), nil // too much for a join to bring along
}

// begin finds where the first event to be printed is.
func (r *followed) begin(d *hub.Joined) *hub.HistoryRequest {
	from := *r.from
	if !from.at.IsZero() {
		r.search = &search{at: from.at, lo: d.First - 1, hi: d.Head}
		if q := r.search.next(); q != nil {
			return q
		}
		from.seq = r.search.lo
	}
	r.from, r.search = nil, nil
	if from.seq > d.Head {
		r.print.note(fmt.Sprintf("the log of %s ends with seq %d; going on from there", r.name, d.Head))
	}
	start := min(max(from.seq, d.First-1), d.Head)
	if from.seq > 0 && start > from.seq {
		r.print.note(fmt.Sprintf("%s keeps no events below seq %d", r.name, d.First))
	}
	r.seen = &start
	if start == d.Head {
		return nil
	}
	return r.page()
}

// page asks for what follows.
func (r *followed) page() *hub.HistoryRequest {
	r.paging, r.sought = true, r.told
	return &hub.HistoryRequest{After: new(*r.seen), Limit: hub.MaxPage}
}

// history takes a page that was asked for, and returns what to ask for next.
func (r *followed) history(h *hub.History) (*hub.HistoryRequest, error) {
	if r.search != nil {
		r.search.found(h.Events)
		if q := r.search.next(); q != nil {
			return q, nil
		}
		r.seen, r.from, r.search = &r.search.lo, nil, nil
		return r.page(), nil
	}
	if !r.paging {
		return nil, nil
	}
	if err := r.printPage(h.Events, 0); err != nil {
		return nil, err
	}
	if len(h.Events) == 0 { // what was told before it was asked for is not kept any more
		*r.seen = max(*r.seen, r.sought)
	}
	if h.More || r.told > *r.seen {
		return r.page(), nil
	}
	r.paging = false
	return nil, nil
}

func (r *followed) printPage(events []*hub.Entry, head int64) error {
	for _, e := range events {
		if err := r.put(e); err != nil {
			return err
		}
	}
	if r.seen == nil || *r.seen < head {
		r.seen = &head
	}
	return nil
}

// event takes what comes from the room.
func (r *followed) event(e *hub.Entry) error {
	if gap, ok := e.Event.Detail.(*hub.Gap); ok {
		if r.seen != nil {
			r.seen = new(max(*r.seen, gap.Next-1))
		}
		return r.print.gap(r.name, *gap)
	}
	if r.paging || r.search != nil {
		r.told = max(r.told, e.Event.Seq)
		return nil
	}
	return r.put(e)
}

// put prints an event of the log, once.
func (r *followed) put(e *hub.Entry) error {
	seq := e.Event.Seq
	if seq == 0 || r.seen != nil && seq <= *r.seen {
		return nil
	}
	if err := r.print.event(r.name, e); err != nil {
		return err
	}
	r.seen = &seq
	return nil
}
