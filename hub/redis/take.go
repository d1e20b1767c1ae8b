package redis

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// taking is a receiver's asking for one message. Where no answer comes, the
// message may have been taken all the same: so Redis remembers for whom, and gives
// it again when the receiver asks again, or back to the channel.
type taking struct {
	channel  string
	receiver string // never used again
	asked    int    // times without an answer
}

// What take.lua is to do about the hub, so that it hears of the next message.
const (
	neverWait = "never"
	waitEmpty = "empty" // where there is no message
	waitStill = "always"
)

func (l *Layer) newTaking(channel string) *taking {
	return &taking{channel: channel, receiver: l.id + "." + strconv.FormatUint(l.held.number(), 36)}
}

// take takes the channel's oldest message and returns how many are left. After an
// error that passes, the same taking goes on.
func (l *Layer) take(t *taking, number uint64, wait string) (message []byte, found bool, left int, err error) {
	ctx, cancel := detached()
	defer cancel()
	r, err := l.run(ctx, takeScript, t.channel, t.channel, t.receiver, t.asked, l.id, number, wait,
		milliseconds(l.kept()), milliseconds(l.opts.Channels.GroupExpiry), milliseconds(l.opts.hold))
	if err != nil {
		if !errors.Is(err, hub.ErrLayerClosed) {
			t.asked++
		}
		return nil, false, 0, err
	}
	l.drops.count(0, r.int(2), 0, t.channel)
	l.keepGroups(r.texts(3))
	text, found := r.text(0)
	if found {
		took, receiver := l.key("took", t.channel), t.receiver
		l.out.put(post{size: len(took) + len(receiver), add: func(ctx context.Context, pipe redis.Pipeliner) { pipe.HDel(ctx, took, receiver) }})
	}
	return []byte(text), found, r.int(1), nil
}

// giveBack returns what t may have taken to the channel, and reports whether that
// is settled.
func (l *Layer) giveBack(ctx context.Context, t *taking) bool {
	_, err := l.run(ctx, givebackScript, t.channel, l.hubTopics(), t.channel, t.receiver, milliseconds(l.kept()))
	return err == nil || !passing(err)
}
