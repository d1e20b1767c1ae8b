package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// NewChannel implements [hub.Channels].
func (l *Layer) NewChannel(_ context.Context, prefix string) (string, error) {
	return hub.NewChannelName(prefix)
}

// Send implements [hub.Channels]. Where it fails with [hub.Unavailable] or as its
// context ends, the message may have been sent all the same.
func (l *Layer) Send(ctx context.Context, channel string, message []byte) error {
	if err := hub.CheckChannelName(channel); err != nil {
		return err
	}
	if err := l.send(ctx, channel, message); err != nil {
		return fmt.Errorf("send to channel %s: %w", channel, told(err))
	}
	return nil
}

func (l *Layer) send(ctx context.Context, channel string, message []byte) error {
	if err := l.sendable(message); err != nil {
		return err
	}
	r, err := l.run(ctx, sendScript, channel, append(l.sending(message), channel, l.opts.Channels.CapacityOf(channel), "")...)
	if err != nil {
		return err
	}
	if l.sent(r) > 0 {
		return hub.ErrChannelFull
	}
	return nil
}

func (l *Layer) sendable(message []byte) error {
	if err := hub.CheckChannelMessage(message); err != nil {
		return err
	}
	return l.ended()
}

// sending returns what send.lua is given before the channels.
func (l *Layer) sending(message []byte) []any {
	return []any{l.hubTopics(), milliseconds(l.opts.Channels.Expiry), milliseconds(l.kept()), message}
}

// sent counts what send.lua says was dropped, and returns how many channels were
// full.
func (l *Layer) sent(r reply) int {
	last, _ := r.text(2)
	l.drops.count(r.int(0), r.int(1), 0, last)
	token(l.drops.sent)
	return r.int(0)
}

// kept is how long Redis keeps a queue that nobody touches: long enough for a
// process that lives to count what expires there.
func (l *Layer) kept() time.Duration { return 2*l.opts.Channels.Expiry + time.Minute }

// milliseconds returns d in the unit of scripts, rounded up.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// flushed are the kinds of keys that a flush takes away: all that belong to
// channels and groups but who owns and who waits.
var flushed = []string{"queue:*", "due", "took:*", "life:*", "groups:*", "members:*"}

// Flush implements [hub.Channels]. It looks through all keys of the database.
func (l *Layer) Flush(ctx context.Context) error {
	if err := l.ended(); err != nil {
		return fmt.Errorf("flush channels: %w", err)
	}
	if err := l.flush(ctx); err != nil {
		return fmt.Errorf("flush channels: %w", told(err))
	}
	return nil
}

func (l *Layer) flush(ctx context.Context) error {
	_, done, err := l.begin(ctx) // it may take longer than one round trip
	if err != nil {
		return err
	}
	defer done()
	_, err = l.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		flush := rand.Text()
		for _, tag := range l.tags {
			pipe.Set(ctx, tag+"flushed", flush, 0)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, kind := range flushed {
		if err := l.remove(ctx, l.opts.Prefix+":{*}:"+kind); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the keys that match.
func (l *Layer) remove(ctx context.Context, pattern string) error {
	for cursor := uint64(0); ; {
		keys, next, err := l.rdb.Scan(ctx, cursor, pattern, 1000).Result()
		if err != nil {
			return err
		}
		_, err = l.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, key := range keys { // each may be in another slot
				pipe.Unlink(ctx, key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}
