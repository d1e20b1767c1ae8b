package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// A group is a hash, channel -> the life that the membership holds by (see
// scripts/channels.lua). A member whose channel lives another life, or none, is
// not one any more; so a channel ends all its memberships at once, wherever the
// groups are.

// atOnce is how many members one script sends to: others are not kept waiting long.
const atOnce = 200

// GroupAdd implements [hub.Groups].
func (l *Layer) GroupAdd(ctx context.Context, group, channel string) error {
	if err := checkMember(group, channel); err != nil {
		return err
	}
	if err := l.ended(); err != nil {
		return fmt.Errorf("add channel %s to group %s: %w", channel, group, err)
	}
	if err := l.join(ctx, group, channel); err != nil {
		return fmt.Errorf("add channel %s to group %s: %w", channel, group, told(err))
	}
	return nil
}

func (l *Layer) join(ctx context.Context, group, channel string) error {
	r, err := l.run(ctx, joinScript, channel, channel, group, rand.Text(),
		milliseconds(l.opts.Channels.GroupExpiry), milliseconds(l.opts.hold))
	if err != nil {
		return err
	}
	ctx, done, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	l.keepGroups(r.texts(1))
	life, _ := r.text(0)
	_, err = l.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		key := l.key("members", group)
		pipe.HSet(ctx, key, channel, life)
		pipe.PExpire(ctx, key, 2*l.opts.hold)
		return nil
	})
	if err == nil {
		flush, _ := r.text(2)
		l.held.joined(channel, group, life, flush)
	}
	return err
}

// GroupDiscard implements [hub.Groups].
func (l *Layer) GroupDiscard(ctx context.Context, group, channel string) error {
	if err := checkMember(group, channel); err != nil {
		return err
	}
	if err := l.discard(ctx, group, channel); err != nil {
		return fmt.Errorf("discard channel %s from group %s: %w", channel, group, told(err))
	}
	return nil
}

func (l *Layer) discard(ctx context.Context, group, channel string) error {
	if err := l.ended(); err != nil {
		return err
	}
	ctx, done, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	l.held.parted(channel, group)
	_, err = l.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HDel(ctx, l.key("members", group), channel)
		pipe.SRem(ctx, l.key("groups", channel), group)
		return nil
	})
	return err
}

func checkMember(group, channel string) error {
	if err := hub.CheckChannelName(group); err != nil {
		return err
	}
	return hub.CheckChannelName(channel)
}

// GroupSend implements [hub.Groups]. Where it fails with [hub.Unavailable] or as
// its context ends, some members may have got the message.
func (l *Layer) GroupSend(ctx context.Context, group string, message []byte) error {
	if err := hub.CheckChannelName(group); err != nil {
		return err
	}
	if err := l.groupSend(ctx, group, message); err != nil {
		return fmt.Errorf("send to group %s: %w", group, told(err))
	}
	return nil
}

func (l *Layer) groupSend(ctx context.Context, group string, message []byte) error {
	if err := l.sendable(message); err != nil {
		return err
	}
	members, err := l.members(ctx, group)
	if err != nil {
		return err
	}
	var byPartition [partitions][]any
	for channel, life := range members {
		p := partitionOf(channel)
		byPartition[p] = append(byPartition[p], channel, l.opts.Channels.CapacityOf(channel), life)
	}
	var batches []batch
	for p, channels := range byPartition {
		for some := range slices.Chunk(channels, 3*atOnce) {
			batches = append(batches, batch{l.tags[p], some})
		}
	}
	var mu sync.Mutex
	var over []any
	together(batches, func(b batch) {
		r, failed := l.runIn(ctx, sendScript, b.tag, append(l.sending(message), b.channels...)...)
		mu.Lock()
		defer mu.Unlock()
		if failed != nil {
			err = failed
			return
		}
		l.sent(r)
		for _, channel := range r.texts(3) {
			over = append(over, channel, members[channel])
		}
	})
	if len(over) > 0 {
		l.part(ctx, group, over)
	}
	return err
}

// batch is what one script is given of a group's members.
type batch struct {
	tag      string // of the partition
	channels []any  // name, capacity and life of each
}

// members returns the channels of a group, and by which life.
func (l *Layer) members(ctx context.Context, group string) (map[string]string, error) {
	ctx, done, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return l.rdb.HGetAll(ctx, l.key("members", group)).Result()
}

// part takes members whose membership is over from the group: pairs of channel and
// life. That it fails does not matter, since they get nothing anyway.
func (l *Layer) part(ctx context.Context, group string, over []any) {
	_, _ = l.run(ctx, partScript, group, append([]any{group}, over...)...)
}

// keepGroups has the members of groups last, since one of them does.
func (l *Layer) keepGroups(groups []string) {
	for _, group := range groups {
		key := l.key("members", group)
		l.out.put(post{size: len(key), add: func(ctx context.Context, pipe redis.Pipeliner) { pipe.PExpire(ctx, key, 2*l.opts.hold) }})
	}
}
