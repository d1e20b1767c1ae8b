package redis

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// live is who listens to rooms in this process, and the connection that listens
// for them.
type live struct {
	mu    sync.RWMutex
	rooms map[string]*room

	commands sync.Mutex     // subscriptions change one after the other; taken before mu
	conn     *redis.PubSub  // nil while there is none
	asked    map[string]int // topics to which subscriptions are not confirmed, and how many; guarded by mu
}

// room is a room that someone listens to.
type room struct {
	receivers []*func(*hub.Entry) // replaced, never changed
	ready     chan struct{}       // closed when the server has confirmed
	confirmed bool
	sequence  sequence // of a room whose events the layer numbers
}

func (v *live) init() {
	v.rooms = make(map[string]*room)
	v.asked = make(map[string]int)
}

// Listen implements [hub.Live]. What is published once it has returned is heard,
// as long as the connection lasts. It fails where the server does not confirm
// within some seconds.
func (l *Layer) Listen(ctx context.Context, name string, receive func(*hub.Entry)) (func(), error) {
	if err := l.ended(); err != nil {
		return nil, fmt.Errorf("listen to room %s: %w", name, err)
	}
	own := &receive
	stop := sync.OnceFunc(func() { l.ignore(name, own) })
	ready := l.attend(name, own)
	late := time.NewTimer(timeout)
	defer late.Stop()
	var err error
	select {
	case <-ready:
		return stop, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-l.ctx.Done():
		err = hub.ErrLayerClosed
	case <-late.C:
		err = told(context.DeadlineExceeded)
	}
	stop()
	return nil, fmt.Errorf("listen to room %s: %w", name, err)
}

// attend adds a receiver. The channel it returns is closed when the server is
// known to send the room's events.
func (l *Layer) attend(name string, own *func(*hub.Entry)) <-chan struct{} {
	v := &l.live
	v.commands.Lock()
	defer v.commands.Unlock()
	v.mu.Lock()
	r := v.rooms[name]
	first := r == nil
	if first {
		r = &room{ready: make(chan struct{})}
		v.rooms[name] = r
	}
	r.receivers = append(slices.Clip(r.receivers), own)
	ready := r.ready
	if first && v.conn != nil {
		v.asked[l.roomTopics()+name]++
	}
	v.mu.Unlock()
	if first && v.conn != nil {
		// A connection that fails here fails in the session too, which asks again.
		_ = v.conn.Subscribe(l.ctx, l.roomTopics()+name)
	}
	return ready
}

// ignore takes a receiver away.
func (l *Layer) ignore(name string, own *func(*hub.Entry)) {
	v := &l.live
	v.commands.Lock()
	defer v.commands.Unlock()
	v.mu.Lock()
	r := v.rooms[name]
	last := false
	if r != nil {
		r.receivers = slices.DeleteFunc(slices.Clone(r.receivers), func(f *func(*hub.Entry)) bool { return f == own })
		if last = len(r.receivers) == 0; last {
			delete(v.rooms, name)
		}
	}
	v.mu.Unlock()
	if last && v.conn != nil && l.ctx.Err() == nil {
		_ = v.conn.Unsubscribe(l.ctx, l.roomTopics()+name)
	}
}

// confirm notes that the server has answered one subscription to a topic.
func (l *Layer) confirm(topic, name string) {
	v := &l.live
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked[topic]--; v.asked[topic] > 0 {
		return
	}
	delete(v.asked, topic)
	if r := v.rooms[name]; r != nil && !r.confirmed {
		r.confirmed = true
		close(r.ready)
	}
}

// receivers returns who listens to a room.
func (v *live) receivers(name string) []*func(*hub.Entry) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if r := v.rooms[name]; r != nil {
		return r.receivers
	}
	return nil
}

// Publish implements [hub.Live]. Those who listen in this process are told before
// it returns; the others soon, or never where the outbox is full or the connection
// is lost, which the log of the layer says in sums.
func (l *Layer) Publish(_ context.Context, name string, e *hub.Entry) error {
	if err := l.ended(); err != nil {
		return fmt.Errorf("publish to room %s: %w", name, err)
	}
	for _, receive := range l.live.receivers(name) {
		(*receive)(e)
	}
	topic := l.roomTopics() + name
	wire := appendWire(make([]byte, 0, 1+idLength+2+len(e.Event.Origin)+len(e.JSON)), l.id, e)
	l.out.put(post{
		size: len(wire) + len(topic),
		add:  func(ctx context.Context, pipe redis.Pipeliner) { pipe.Publish(ctx, topic, wire) },
	})
	return nil
}

// deliver hands an event of another hub to those who listen.
func (l *Layer) deliver(name, wire string) {
	from, err := sender(wire)
	if err == nil && from == l.id {
		return // they were told when it was published
	}
	receivers := l.live.receivers(name)
	if len(receivers) == 0 {
		return
	}
	var e *hub.Entry
	if err == nil {
		e, err = parseWire(wire)
	}
	if err != nil {
		l.opts.Logger.Warn("redis: an event of another hub cannot be read", "room", name, "error", err)
		return
	}
	if wire[0] == wireNumbered {
		l.live.reached(name, sequence{head: e.Event.Seq})
	}
	for _, receive := range receivers {
		(*receive)(e)
	}
}
