package hub

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Options of a hub. The zero value works.
type Options struct {
	// Logger is told of what no participant can be told. Default: slog.Default().
	Logger *slog.Logger
	// MayCreate says whether a scope may make a room by joining or writing to
	// it. Default: any may.
	MayCreate func(s *Scope, room string) bool
	// MaxText and MaxEvent bound a message's text and the whole event, in
	// bytes. Defaults: [DefaultMaxText], [DefaultMaxEvent].
	MaxText, MaxEvent int
	// Policy says how a room's log is kept; it answers the same for a room as
	// long as the hub lives. Default: all of it, for ever.
	Policy func(room string) Policy
	// Trim is how often logs are trimmed to what their policies keep. Default:
	// 1 minute. Without Policy, none is.
	Trim time.Duration
	// Frames bounds the memory that the newest frames of all rooms take, in
	// bytes. Default: 64 MiB.
	Frames int
	// Lag is how many bytes of a room's frames a reader may fall behind before it
	// is ended as slow. Default: 64 MiB.
	Lag int
	// Gap is how long, at most, an event waits for others that go out with it: the
	// first one after a pause leaves at once, and so do 16 of one room. Default:
	// 5 ms. Below 0: none waits.
	Gap time.Duration
	// Grace is how long a user who left may take to come back before the room
	// is told. Default: 5 s.
	Grace time.Duration
	// Idle is how long a room that nobody uses stays in memory, at least; twice
	// as long at most. Default: 1 min.
	Idle time.Duration
	// IdleRooms is how many such rooms stay in memory; those beyond leave at
	// once, the longest unused first. Default: 10,000.
	IdleRooms int
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MayCreate == nil {
		o.MayCreate = func(*Scope, string) bool { return true }
	}
	if o.Policy == nil {
		o.Policy = func(string) Policy { return Policy{} }
	}
	if o.Trim == 0 {
		o.Trim = time.Minute
	}
	if o.MaxText == 0 {
		o.MaxText = DefaultMaxText
	}
	if o.MaxEvent == 0 {
		o.MaxEvent = DefaultMaxEvent
	}
	if o.Frames == 0 {
		o.Frames = 64 << 20
	}
	if o.Lag == 0 {
		o.Lag = 64 << 20
	}
	if o.Gap == 0 {
		o.Gap = 5 * time.Millisecond
	}
	if o.Grace == 0 {
		o.Grace = 5 * time.Second
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	if o.IdleRooms == 0 {
		o.IdleRooms = 10_000
	}
	return o
}

// Hub is one running process: rooms in memory and the fan-out to the scopes
// that are joined here. All methods are safe for concurrent use.
type Hub struct {
	store  Store
	layer  Layer
	alone  bool // no other hub writes to the store's logs
	log    *slog.Logger
	faults faults
	opts   Options
	budget budget
	rush   rush

	events   eventCounts
	refusals refusalCounts

	ctx    context.Context // ends with the hub
	cancel context.CancelFunc

	shards   []*shard
	seed     maphash.Seed
	laggards laggards
	heads    heads
	follows  follows
	offers   offers
	running  sync.WaitGroup

	mu    sync.Mutex
	rooms map[string]*room
	idle  idleRooms
}

// New starts a hub on store and layer, which it uses until [Hub.Close] and
// does not close.
func New(store Store, layer Layer, opts Options) *Hub {
	trims := opts.Policy != nil
	opts = opts.withDefaults()
	h := &Hub{
		store: store, layer: layer, log: opts.Logger, faults: faults{log: opts.Logger}, opts: opts,
		budget: budget{limit: opts.Frames},
		seed:   maphash.MakeSeed(),
		rooms:  make(map[string]*room),
		heads:  newHeads(), follows: follows{missed: make(chan struct{}, 1)},
		idle: idleRooms{crowded: make(chan struct{}, 1)},
	}
	_, h.alone = layer.(*MemoryLayer)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.laggards = laggards{ctx: h.ctx, store: store, fail: func(room string, err error) {
		h.faults.tell("a reader that fell behind cannot go on; will try again", room, err)
	}}
	for range runtime.GOMAXPROCS(0) {
		s := newShard(&h.laggards, opts.Gap)
		h.shards = append(h.shards, s)
		h.running.Go(s.run)
	}
	h.running.Go(h.sweep)
	h.running.Go(h.tellHeads)
	if trims {
		h.running.Go(h.trimLogs)
	}
	return h
}

// Close ends delivery. What was accepted for the log is committed by closing
// the store, after this.
func (h *Hub) Close() {
	h.cancel()
	h.mu.Lock()
	rooms := h.rooms
	h.rooms = make(map[string]*room)
	h.mu.Unlock()
	for _, r := range rooms {
		<-r.ready
		if r.err == nil {
			r.stop()
			r.presence.stop()
		}
	}
	for _, s := range h.shards {
		s.close()
	}
	h.running.Wait()
	h.laggards.idle.Wait()
}

// enter returns the room for a scope that may read and write there. A room
// that does not exist is made where create is set and the scope may.
func (h *Hub) enter(ctx context.Context, s *Scope, name string, create bool) (*room, error) {
	if err := CheckRoomName(name); err != nil {
		return nil, err
	}
	if err := mayRead(s, name); err != nil {
		return nil, err
	}
	r, err := h.room(ctx, name, create && h.opts.MayCreate(s, name))
	if create && CodeOf(err) == NotFound {
		return nil, Errorf(Forbidden, "There is no room %s, and you may not create one.", name)
	}
	return r, err
}

// mayRead says why a scope may not be in a room. It answers from memory: a room asks
// when something happens there.
func mayRead(_ *Scope, name string) error {
	if strings.HasPrefix(name, DirectPrefix) {
		return Errorf(Forbidden, "Room names that start with %s are kept for direct rooms.", DirectPrefix)
	}
	return nil
}

// room returns the room in memory, and loads it if need be. Those who ask at
// the same time share one loading. Whoever needs it to stay in memory retains it.
func (h *Hub) room(ctx context.Context, name string, create bool) (*room, error) {
	h.mu.Lock()
	r := h.rooms[name]
	mine := r == nil
	if mine {
		if h.ctx.Err() != nil {
			h.mu.Unlock()
			return nil, h.unavailable("open room", name, h.ctx.Err())
		}
		name = strings.Clone(name) // it may be a part of a message
		r = &room{name: name, hub: h, policy: h.opts.Policy(name), ready: make(chan struct{})}
		r.shard = h.shards[maphash.String(h.seed, name)%uint64(len(h.shards))]
		h.rooms[name] = r
	}
	r.used = true
	h.mu.Unlock()
	if !mine {
		if err := r.await(ctx); err != nil {
			return nil, err
		}
		if r.err != nil && CodeOf(r.err) == NotFound && create {
			return h.room(ctx, name, create) // the other one only looked
		}
		return r, r.err
	}
	r.err = r.load(context.WithoutCancel(ctx), create)
	h.mu.Lock()
	switch {
	case h.rooms[name] != r: // the hub is closing
	case r.err == nil:
		h.keep(r)
	default:
		delete(h.rooms, name)
	}
	h.mu.Unlock()
	close(r.ready)
	return r, r.err
}

// await waits until loading has ended, which it mostly has.
func (r *room) await(ctx context.Context) error {
	select {
	case <-r.ready:
		return nil
	default:
	}
	select {
	case <-r.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unavailable is err as a participant may be told of it: as it is where it
// says so itself, else that the hub cannot do it now. The log is told of the
// cause.
func (h *Hub) unavailable(operation, room string, err error) error {
	cause := err
	e, ok := errors.AsType[*Error](err)
	if ok {
		if cause = e.Err; cause == nil {
			return err
		}
	}
	if !errors.Is(cause, context.Canceled) {
		h.faults.tell(operation, room, cause)
	}
	if ok {
		return err
	}
	return &Error{
		Code:    Unavailable,
		Message: "The hub cannot do this now. Try again.",
		Err:     fmt.Errorf("%s %s: %w", operation, room, err),
	}
}
