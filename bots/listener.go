package bots

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"hubbub/hub"
)

// saveEvery is how many events may pass until the bookmark is stored where no
// answer carries it.
const saveEvery = 200

// listener is one bot in one room: a goroutine that hands the room's events to
// conversations, in order, and publishes what they answer.
type listener struct {
	room   string
	key    string // of the bookmark
	hub    *hub.Hub
	states hub.States
	scope  *hub.Scope // the bot's
	talks  *conversations
	log    *slog.Logger

	in  *inbox
	out *outbox
	sub *hub.Subscription

	epoch   string
	at      int64        // newest event that is handled; touched by run only
	head    int64        // of the log when the bot joined
	backlog []*hub.Entry // what came before the frames
	missed  bool         // more than the backlog lies between at and head
}

// run works until stop ends. What is under way then is finished, until abort
// ends.
func (l *listener) run(stop, abort context.Context) {
	for stop.Err() == nil {
		if l.in.ended() {
			l.begin(stop, abort)
			continue
		}
		wait := l.publish(abort)
		if !l.out.full() {
			e, ok, err := l.next(stop)
			if ok {
				l.handle(stop, e)
				l.save(abort)
				continue
			}
			if err != nil {
				l.log.Warn("what the bot missed cannot be read; it waits and tries again", "error", err)
				wait = time.Second
			}
		}
		l.save(abort)
		l.sleep(stop, wait)
	}
	l.finish(abort)
}

// sleep waits for something to do, or for a planned attempt.
func (l *listener) sleep(stop context.Context, wait time.Duration) {
	var timer <-chan time.Time
	if wait > 0 {
		timer = time.After(wait)
	}
	ready := l.in.ready
	if l.out.full() && !l.in.ended() {
		ready = nil
	}
	select {
	case <-ready:
	case <-l.out.changed:
	case <-timer:
	case <-stop.Done():
	}
}

// next returns the next event of the room, and false when there is none now.
func (l *listener) next(ctx context.Context) (hub.Event, bool, error) {
	if l.missed && len(l.backlog) == 0 {
		if err := l.readMissed(ctx); err != nil {
			return hub.Event{}, false, err
		}
	}
	if len(l.backlog) > 0 {
		e := l.backlog[0].Event
		l.backlog = l.backlog[1:]
		return e, true, nil
	}
	for line := l.in.next(); line != nil; line = l.in.next() {
		e, err := parseLine(line)
		if err == nil {
			return e, true, nil
		}
		l.log.Error("an event cannot be read and was passed over", "error", err)
	}
	return hub.Event{}, false, nil
}

// handle has e answered. An event whose handling was cut off by stopping is
// handled again after the next start.
func (l *listener) handle(stop context.Context, e hub.Event) {
	if concernsBots(&e) {
		answers, err := l.talks.turn(stop, e)
		if err != nil && stop.Err() != nil {
			return
		}
		if len(answers) > 0 {
			l.out.addTurn(&reply{events: named(&e, answers), seq: e.Seq})
		}
	}
	l.at = e.Seq
}

// named gives the answers to e the refs by which they are known as such.
func named(e *hub.Event, answers []hub.Event) []hub.Event {
	for i := range answers {
		answers[i].Ref = "re:" + e.ID
		if i > 0 {
			answers[i].Ref += ":" + strconv.Itoa(i+1)
		}
	}
	return answers
}

// publish publishes what may be published now, and returns how long to wait
// for what may not, if that is known. All answers to one event are one commit,
// with the bookmark.
func (l *listener) publish(ctx context.Context) time.Duration {
	batch, wait := l.out.take()
	for _, r := range batch {
		var rows []hub.State
		if r.seq > 0 {
			r.row = l.out.floor(l.at, r)
			rows = append(rows, bookmark{Seq: r.row, Epoch: l.epoch}.row(l.key))
		}
		l.hub.PublishTurn(ctx, l.scope, r.events, func(of []hub.Published) { l.out.outcome(r, of) }, rows...)
	}
	return wait
}

// save stores the bookmark when answers did not carry it far enough.
func (l *listener) save(ctx context.Context) {
	answered, stored, empty := l.out.progress()
	floor := l.out.floor(l.at, nil)
	if floor-stored >= saveEvery || empty && answered > stored {
		l.store(ctx, floor)
	}
}

func (l *listener) store(ctx context.Context, seq int64) {
	if err := l.states.SetState(ctx, bookmark{Seq: seq, Epoch: l.epoch}.row(l.key)); err != nil {
		l.log.Warn("how far the bot has got was not stored; it may look at events again", "seq", seq, "error", err)
		return
	}
	l.out.setStored(seq)
}

// finish ends listening, and waits for the outcome of what is under way.
func (l *listener) finish(abort context.Context) {
	l.sub.End()
	l.publish(abort)
	for l.out.close() && abort.Err() == nil {
		select {
		case <-l.out.changed:
		case <-abort.Done():
		}
	}
	_, stored, _ := l.out.progress()
	if floor := l.out.floor(l.at, nil); floor > stored && abort.Err() == nil {
		l.store(abort, floor)
	}
}
