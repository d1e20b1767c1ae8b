package bots

import (
	"context"
	"fmt"

	"hubbub/hub"
)

const missedPage = 200 // events read at a time

// join has the bot listen from where it stopped. One that is new to the room
// starts at the newest event, and so does one whose bookmark says nothing of
// this log.
func (l *listener) join(ctx context.Context) error {
	mark, err := readBookmark(ctx, l.states, l.key)
	if err != nil {
		return fmt.Errorf("bots: read how far %s has got in room %s: %w", l.scope.User.ID, l.room, err)
	}
	sub, joined, err := l.hub.Join(ctx, l.scope, &hub.Event{Type: hub.TypeRoomJoin, Room: l.room, Detail: mark.from()}, l.in)
	if err != nil {
		return fmt.Errorf("bots: %s joins room %s: %w", l.scope.User.ID, l.room, err)
	}
	l.sub, l.head, l.epoch = sub, joined.Head, joined.Epoch
	l.resume(mark, joined)
	if l.at == joined.Head && (mark == nil || !joined.Recovered) {
		if err := l.states.SetState(ctx, bookmark{Seq: l.at, Epoch: l.epoch}.row(l.key)); err != nil {
			sub.End()
			return fmt.Errorf("bots: store where %s begins in room %s: %w", l.scope.User.ID, l.room, err)
		}
	}
	l.desk = l.ledger.open(l.room, l.key, l.epoch, l.at)
	sub.Start()
	return nil
}

// resume finds out what lies between the bookmark and the frames to come.
func (l *listener) resume(mark *bookmark, joined *hub.Joined) {
	switch {
	case mark == nil:
		l.at = joined.Head
	case joined.Recovered:
		l.at, l.backlog = mark.Seq, joined.Events
	case mark.Epoch == joined.Epoch && mark.Seq <= joined.Head: // it is too much for one answer, or trimmed
		l.at = max(mark.Seq, joined.First-1)
		l.missed = l.at < joined.Head
		if l.at > mark.Seq {
			l.log.Warn("events that the bot has not seen are no longer kept", "after", mark.Seq, "first", joined.First)
		}
	default:
		l.at = joined.Head
		l.log.Warn("the log is not the one that the bot knew; it starts at the newest event", "head", joined.Head)
	}
}

// readMissed reads the next page of what came while the bot was away.
func (l *listener) readMissed(ctx context.Context) error {
	page, err := l.hub.History(ctx, l.scope, l.room, &hub.HistoryRequest{After: &l.at, Limit: missedPage})
	if err != nil {
		return err
	}
	for _, e := range page.Events {
		if e.Event.Seq <= l.head { // later ones come as frames
			l.backlog = append(l.backlog, e)
		}
	}
	l.missed = len(l.backlog) > 0
	return nil
}
