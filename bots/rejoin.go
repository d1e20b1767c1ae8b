package bots

import (
	"context"
	"time"

	"hubbub/hub"
)

// rejoinPause is how long a bot waits until it tries again to join a room.
const rejoinPause = time.Second

// begin has the bot join its room once more when it was removed, as it would with
// the next start: the config says that it listens there. It is another room, whose
// events it has seen none of, and what it was about to say in the one before is said
// nowhere.
func (l *listener) begin(stop, abort context.Context) {
	l.ledger.forget(abort, l.room, l.desk)
	l.in, l.backlog, l.missed, l.at, l.again = newInbox(l.bot.HearBots), nil, false, 0, nil
	l.log.Info("the room was removed; the bot joins it anew")
	for stop.Err() == nil {
		err := l.states.SetState(stop, bookmark{Anew: true}.row(l.key))
		if err == nil {
			err = l.join(stop)
		}
		if err == nil {
			return
		}
		l.log.Warn("the bot cannot join the room that was removed; it tries again", "error", err)
		select {
		case <-time.After(rejoinPause):
		case <-stop.Done():
		}
	}
}

// from returns what to ask for when joining.
func (b *bookmark) from() *hub.Join {
	switch {
	case b != nil && b.Anew:
		return &hub.Join{Since: new(int64)}
	case b != nil && b.Epoch != "":
		return &hub.Join{Since: &b.Seq, Epoch: b.Epoch}
	default:
		return &hub.Join{}
	}
}
