package bots

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"hubbub/hub"
)

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
	patience   = 5 // attempts until the log calls it an error
)

// batch is what is one commit.
type batch struct {
	turns []*turn
	marks map[*desk]bookmark
	said  bool // the answers are in the logs; what is stored is left
}

// errApart says that the turns of a batch have to be committed each by itself.
var errApart = errors.New("bots: one turn of several was refused")

// run commits what comes, until the ledger is closed and empty, or ctx ends.
func (l *ledger) run(ctx context.Context) {
	for ctx.Err() == nil {
		b, last := l.take()
		if len(b.turns) > 0 || len(b.marks) > 0 {
			l.commit(ctx, &b)
			continue
		}
		if last {
			return
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
	}
}

// take returns what is to be committed next, and whether nothing comes after it.
func (l *ledger) take() (b batch, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, events := 0, 0
	for n < len(l.queue) && (n == 0 || events+len(l.queue[n].events) <= maxCommit) {
		events += len(l.queue[n].events)
		n++
	}
	l.taken = n
	b = batch{turns: l.queue[:n:n], marks: make(map[*desk]bookmark)}
	newest, floor := make(map[string]int64), make(map[string]int64) // by room: of the turns taken; of those that stay
	for _, t := range b.turns {
		newest[t.room] = max(newest[t.room], t.seq)
	}
	for _, t := range l.queue[n:] {
		if t.seq > 0 && floor[t.room] == 0 {
			floor[t.room] = t.seq
		}
	}
	for room, d := range l.desks {
		mark := max(d.at, newest[room])
		if f := floor[room]; f > 0 {
			mark = f - 1
		}
		if d.epoch != "" && (mark-d.stored >= saveEvery || mark > d.stored && (l.closed || d.waiting > 0)) {
			b.marks[d] = bookmark{Seq: mark, Epoch: d.epoch}
		}
	}
	return b, l.closed
}

// commit commits b, and tries until it is done or ctx ends.
func (l *ledger) commit(ctx context.Context, b *batch) {
	for attempt := 1; ; attempt++ {
		err := l.try(ctx, b)
		switch {
		case err == nil:
			l.settle(b)
			return
		case errors.Is(err, errApart):
			l.apart(ctx, b)
			return
		}
		l.counts.retried.Add(1)
		switch {
		case ctx.Err() != nil:
			return
		case attempt == patience:
			l.log.Error("answers cannot be committed; the bot waits and tries on", "answers", len(b.turns), "error", err)
		}
		select {
		case <-time.After(min(firstRetry<<min(attempt-1, 16), lastRetry)):
		case <-ctx.Done():
			return
		}
	}
}

// apart commits the turns of b one after the other, so that what is wrong with one
// of them is that one's. The marks come with the last.
func (l *ledger) apart(ctx context.Context, b *batch) {
	for i, t := range b.turns {
		marks := b.marks
		if i < len(b.turns)-1 {
			marks = l.mark(t)
		}
		l.commit(ctx, &batch{turns: b.turns[i : i+1], marks: marks})
		if ctx.Err() != nil {
			return
		}
	}
}

// mark returns the bookmark of what came up to t.
func (l *ledger) mark(t *turn) map[*desk]bookmark {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.desks[t.room]
	if d == nil || t.seq == 0 {
		return nil
	}
	return map[*desk]bookmark{d: {Seq: t.seq, Epoch: d.epoch}}
}

// settle forgets what was committed.
func (l *ledger) settle(b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range b.turns {
		if d := l.desks[t.room]; d != nil {
			d.waiting--
			signal(d.freed)
		}
		if t.row == nil {
			continue
		}
		if of := l.latest[t.row.Key]; of.turns == 1 {
			delete(l.latest, t.row.Key)
		} else {
			of.turns--
		}
	}
	for d, mark := range b.marks {
		if d.epoch == mark.Epoch {
			d.stored = max(d.stored, mark.Seq)
		}
	}
	n := len(b.turns)
	clear(l.queue[:n]) // and b.turns with it
	l.queue = l.queue[n:]
	l.taken -= n
}

// contents returns what b says and what it stores. A turn that is refused while
// it waits, since its room was removed, says nothing.
func (l *ledger) contents(b *batch) (events []hub.Event, rows []hub.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	newest := make(map[string]hub.State)
	for _, t := range b.turns {
		events = append(events, t.events...)
		if t.row != nil {
			newest[t.row.Key] = *t.row
		}
	}
	rows = slices.Collect(maps.Values(newest))
	for d, mark := range b.marks {
		if d.epoch == mark.Epoch {
			rows = append(rows, mark.row(d.key))
		}
	}
	return events, rows
}

// try publishes b, whole or not at all. What is wrong with it for good is logged,
// and the rest is committed.
func (l *ledger) try(ctx context.Context, b *batch) error {
	events, rows := l.contents(b)
	if len(events) == 0 || b.said {
		return l.keep(ctx, rows)
	}
	outcomes := make(chan []hub.Published, 1)
	l.hub.PublishTurn(ctx, l.scope, events, func(of []hub.Published) { outcomes <- of }, rows...)
	var of []hub.Published
	select {
	case of = <-outcomes:
	case <-ctx.Done():
		return ctx.Err()
	}
	said := slices.ContainsFunc(of, published)
	switch unknown := slices.ContainsFunc(of, unknown); {
	case !said && slices.ContainsFunc(of, unavailable):
		return of[slices.IndexFunc(of, unavailable)].Err
	case len(b.turns) > 1 && (!said || unknown):
		return errApart
	case !said && slices.ContainsFunc(events, isChange): // of what is gone, perhaps: the words still count
		l.note(events, of)
		l.mu.Lock()
		b.turns[0].events = slices.DeleteFunc(slices.Clone(b.turns[0].events), isChange)
		l.mu.Unlock()
		return l.try(ctx, b)
	}
	l.note(events, of)
	if b.said = true; !said || slices.ContainsFunc(of, repeated) { // then the rows were not committed with them
		return l.keep(ctx, rows)
	}
	return nil
}

// note counts answers, and logs what was wrong with them. An event that was answered before,
// with another answer of several, is none of it.
func (l *ledger) note(events []hub.Event, of []hub.Published) {
	for i, p := range of {
		switch {
		case p.Err == nil && !p.Repeated:
			l.counts.answers.Add(1)
		case p.Err != nil && (hub.CodeOf(p.Err) != hub.Conflict || slices.ContainsFunc(events, isChange)):
			l.counts.refused.Add(1)
			l.log.Warn("an answer was refused", "room", events[i].Room, "ref", events[i].Ref, "error", p.Err)
		}
	}
}

// keep commits rows alone.
func (l *ledger) keep(ctx context.Context, rows []hub.State) error {
	if len(rows) == 0 {
		return nil
	}
	return l.states.SetState(ctx, rows...)
}

func published(p hub.Published) bool   { return p.Err == nil }
func repeated(p hub.Published) bool    { return p.Repeated }
func unknown(p hub.Published) bool     { return p.Repeated && p.Entry == nil }
func unavailable(p hub.Published) bool { return p.Err != nil && hub.CodeOf(p.Err) == hub.Unavailable }
