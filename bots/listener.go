package bots

import (
	"context"
	"log/slog"
	"time"

	"hubbub/hub"
)

// maxBotTurns is how many messages of other bots a bot answers in a room until
// somebody else speaks there.
const maxBotTurns = 8

// listener is one bot in one room: a goroutine that hands the room's events to
// conversations, in order.
type listener struct {
	bot    *Bot
	room   string
	key    string // of the bookmark
	hub    *hub.Hub
	states hub.States
	scope  *hub.Scope // the bot's
	talks  *conversations
	ledger *ledger
	desk   *desk
	log    *slog.Logger

	in  *inbox
	sub *hub.Subscription

	epoch   string
	at      int64        // newest event that is handled; touched by run only
	head    int64        // of the log when the bot joined
	backlog []*hub.Entry // what came before the frames
	missed  bool         // more than the backlog lies between at and head
	chatter int          // messages of bots since somebody else spoke
	again   *hub.Event   // could not be handled, and is handed over again
}

// run works until stop ends.
func (l *listener) run(stop, abort context.Context) {
	defer func() { l.sub.End() }()
	for stop.Err() == nil {
		if l.in.ended() {
			l.begin(stop, abort)
			continue
		}
		var wait time.Duration
		if !l.ledger.full(l.desk) {
			e, ok, err := l.next(stop)
			if ok && l.handle(stop, e) {
				continue
			}
			if ok {
				wait = time.Second
			}
			if err != nil {
				l.log.Warn("what the bot missed cannot be read; it waits and tries again", "error", err)
				wait = time.Second
			}
		}
		l.sleep(stop, wait)
	}
}

// sleep waits for something to do, or for a planned attempt.
func (l *listener) sleep(stop context.Context, wait time.Duration) {
	var timer <-chan time.Time
	if wait > 0 {
		timer = time.After(wait)
	}
	ready := l.in.ready
	if l.ledger.full(l.desk) && !l.in.ended() {
		ready = nil
	}
	select {
	case <-ready:
	case <-l.desk.freed:
	case <-timer:
	case <-stop.Done():
	}
}

// next returns the next event of the room, and false when there is none now.
func (l *listener) next(ctx context.Context) (hub.Event, bool, error) {
	if e := l.again; e != nil {
		l.again = nil
		return *e, true, nil
	}
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

// handle has e answered, and reports whether that is done with. An event whose
// handling was cut off by stopping is handled again after the next start, and one
// for which something cannot be read now is handled again soon.
func (l *listener) handle(stop context.Context, e hub.Event) bool {
	if l.concerned(&e) {
		err := l.talks.turn(stop, e)
		switch {
		case err == nil:
		case stop.Err() != nil:
			return false
		case hub.CodeOf(err) == hub.Unavailable:
			l.again = &e
			return false
		}
	}
	l.at = e.Seq
	l.ledger.handled(l.desk, e.Seq)
	return true
}

// concerned reports whether e goes to a conversation.
func (l *listener) concerned(e *hub.Event) bool {
	switch {
	case !concernsBots(e) || e.From.ID == l.scope.User.ID:
		return false
	case e.Type == hub.TypePressedButton:
		p, ok := e.Detail.(*hub.Press)
		return ok && p.Of == l.scope.User.ID
	case e.From.Kind != hub.Bot:
		l.chatter = 0
		return true
	case !l.bot.HearBots:
		return false
	}
	l.chatter++
	if l.chatter == maxBotTurns+1 {
		l.log.Warn("bots talk to each other; this one listens to them again when somebody else has spoken", "messages", maxBotTurns)
	}
	return l.chatter <= maxBotTurns
}
