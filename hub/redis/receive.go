package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// Receive implements [hub.Channels]. While the server cannot be reached it waits.
// A message for which it asked when its context ended is still its own: then it
// returns it, or gives it back to the channel.
func (l *Layer) Receive(ctx context.Context, channel string) ([]byte, error) {
	if err := hub.CheckChannelName(channel); err != nil {
		return nil, err
	}
	m, err := l.receive(ctx, channel)
	if err != nil {
		return nil, fmt.Errorf("receive from channel %s: %w", channel, told(err))
	}
	return m, nil
}

func (l *Layer) receive(ctx context.Context, channel string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.ended(); err != nil {
		return nil, err
	}
	w, t := l.held.lineUp(channel), l.newTaking(channel)
	for {
		number, wait := l.held.ask(w)
		m, found, left, err := l.take(t, number, wait)
		if found {
			l.held.stepOut(w, left > 0)
			return m, nil
		}
		if err != nil && !passing(err) {
			l.held.stepOut(w, true)
			return nil, err
		}
		if ended := l.wait(ctx, w, err != nil); ended != nil {
			l.forsake(w, t, err != nil)
			return nil, ended
		}
	}
}

// wait waits until w is to ask again: when it is rung for, or soon where it got no
// answer.
func (l *Layer) wait(ctx context.Context, w *waiter, unanswered bool) error {
	var soon <-chan time.Time
	if unanswered {
		timer := time.NewTimer(retry)
		defer timer.Stop()
		soon = timer.C
	}
	select {
	case <-w.rung:
	case <-soon:
	case <-l.ctx.Done():
		return hub.ErrLayerClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// forsake ends the waiting of w. Where its last question got no answer, it may
// have taken a message.
func (l *Layer) forsake(w *waiter, t *taking, unanswered bool) {
	number, alone := l.held.stepOut(w, false)
	if unanswered {
		l.held.owe(t)
		token(l.renewal.channels)
		return
	}
	if alone {
		name, tag := t.channel, []string{l.tags[partitionOf(t.channel)]}
		l.out.put(post{size: len(name), add: func(ctx context.Context, pipe redis.Pipeliner) {
			leaveScript.EvalSha(ctx, pipe, tag, name, l.id, number,
				milliseconds(l.opts.Channels.GroupExpiry), milliseconds(l.opts.hold))
		}})
	}
}
