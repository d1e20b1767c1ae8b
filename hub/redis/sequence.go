package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// sequenceKept is how long the server keeps the sequence of a room where nothing
// is published and to which nobody listens.
const sequenceKept = 24 * time.Hour

var (
	sequenceScript = redis.NewScript(source("common") + source("sequence"))
	numberScript   = redis.NewScript(source("common") + source("number"))
)

// sequence is where a room that somebody listens to is known to stand.
type sequence struct {
	head  int64
	epoch string
}

// Sequence implements [hub.Sequences].
func (l *Layer) Sequence(ctx context.Context, name string) (int64, string, error) {
	known := l.live.sequence(name)
	r, err := l.run(ctx, sequenceScript, name, name, known.head, known.epoch, sequenceKept.Milliseconds())
	if err != nil {
		return 0, "", fmt.Errorf("sequence of room %s: %w", name, told(err))
	}
	epoch, _ := r.text(1)
	l.live.reached(name, sequence{int64(r.int(0)), epoch})
	return int64(r.int(0)), epoch, nil
}

// PublishNext implements [hub.Sequences]. The events of one hub are numbered in the
// order of the calls, many in one round trip.
func (l *Layer) PublishNext(_ context.Context, name string, e hub.Event, done func(*hub.Entry, error)) {
	if err := l.ended(); err != nil {
		done(nil, fmt.Errorf("publish to room %s: %w", name, err))
		return
	}
	known := l.live.sequence(name)
	begin, rest := numberedWire(l.id, &e)
	var answer *redis.Cmd
	fits := l.out.put(post{
		size: len(begin) + len(rest) + len(name),
		add: func(ctx context.Context, pipe redis.Pipeliner) {
			answer = numberScript.Eval(ctx, pipe, []string{l.tags[partitionOf(name)]},
				name, known.head, known.epoch, sequenceKept.Milliseconds(), l.roomTopics()+name, begin, rest)
		},
		done: func(err error) {
			if err == nil {
				e.Seq, err = answer.Int64()
			}
			if err != nil {
				done(nil, fmt.Errorf("publish to room %s: %w", name, told(err)))
				return
			}
			entry := hub.NewEntry(e)
			l.hand(name, entry)
			done(entry, nil)
		},
	})
	if !fits {
		done(nil, &hub.Error{Code: hub.Unavailable, Message: "The hub has too much to tell the others now. Try again."})
	}
}

// renewSequences has the sequences of the rooms last that somebody listens to here,
// and tells a server that lost them. It reports whether the server could be reached.
func (l *Layer) renewSequences() bool {
	return allTogether(l.live.numbered(), func(room string) bool {
		ctx, cancel := detached()
		defer cancel()
		_, _, err := l.Sequence(ctx, room)
		return err == nil || !passing(err)
	})
}

// numbered returns the rooms whose events the layer numbers.
func (v *live) numbered() (rooms []string) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for name, r := range v.rooms {
		if r.sequence.epoch != "" {
			rooms = append(rooms, name)
		}
	}
	return rooms
}

// hand gives a numbered event to those who listen in this process.
func (l *Layer) hand(name string, e *hub.Entry) {
	l.live.reached(name, sequence{head: e.Event.Seq})
	for _, receive := range l.live.receivers(name) {
		(*receive)(e)
	}
}

// sequence returns where the room is known to stand, with a new epoch where none
// is known.
func (v *live) sequence(name string) (known sequence) {
	v.mu.RLock()
	if r := v.rooms[name]; r != nil {
		known = r.sequence
	}
	v.mu.RUnlock()
	if known.epoch == "" {
		known.epoch = hub.NewID()
	}
	return known
}

// reached notes where a room stands, with the epoch where that is known.
func (v *live) reached(name string, s sequence) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.rooms[name]
	if r == nil {
		return
	}
	if s.epoch != "" && s.epoch != r.sequence.epoch {
		r.sequence = s
	}
	r.sequence.head = max(r.sequence.head, s.head)
}
