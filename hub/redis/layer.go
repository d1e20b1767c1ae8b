package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"hubbub/hub"
)

// Defaults of [Options].
const (
	DefaultPrefix   = "hubbub"
	DefaultPresence = 30 * time.Second
)

const (
	timeout = 3 * time.Second        // of a round trip
	retry   = 200 * time.Millisecond // between attempts to reach the server
	minHold = 10 * time.Second       // how long what a hub holds lasts at least without renewal
)

// Options of a layer. The zero value works.
type Options struct {
	// Prefix is what all keys and topics begin with, of letters, digits and -_.:
	// so that several installations may share a server. Default: [DefaultPrefix].
	Prefix string
	// Channels are the options of channels. Hubs on one server should agree on
	// them. Its Logger is told of drops. What a process owned that vanished stays in
	// its groups for the group expiry, and for 10 s at least.
	Channels hub.ChannelOptions
	// Presence is how long the users of a hub that vanished are still counted; a
	// hub that lives renews three times as often. Default: [DefaultPresence].
	Presence time.Duration
	// Logger is told of the connection. Default: slog.Default().
	Logger *slog.Logger

	hold time.Duration // instead of minHold, in tests
}

var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)

func (o Options) withDefaults() (Options, error) {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Presence == 0 {
		o.Presence = DefaultPresence
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.hold == 0 {
		o.hold = minHold
	}
	if !prefixes.MatchString(o.Prefix) {
		return o, fmt.Errorf("redis: prefix %q: only letters, digits and -_.: are possible", o.Prefix)
	}
	if o.Presence < 0 {
		return o, fmt.Errorf("redis: presence %v is below zero", o.Presence)
	}
	if err := o.Channels.Check(); err != nil {
		return o, fmt.Errorf("redis: %w", err)
	}
	o.Channels = o.Channels.WithDefaults()
	// A channel that is held outlasts a late renewal.
	o.hold = max(o.hold, o.Channels.GroupExpiry)
	return o, nil
}

// Layer is a [hub.Layer] on a Redis server. While the server cannot be reached,
// calls fail with [hub.Unavailable], a Receive goes on waiting, and events reach
// those who listen in this process; then the layer comes back by itself.
type Layer struct {
	id   string // of this process's layer, new each time
	opts Options
	rdb  *redis.Client
	tags [partitions]string

	ctx     context.Context // ends when the layer is closing
	cancel  context.CancelFunc
	ending  atomic.Bool
	closing sync.RWMutex // held for reading while something is asked of the server
	closed  bool
	running sync.WaitGroup

	out     outbox
	live    live
	held    held
	drops   drops
	users   users
	renewal struct{ channels, presence, sequences chan struct{} } // tokens: all is to be noted again
}

var _ hub.Layer = (*Layer)(nil)

// Open opens the layer on the server at url, such as
// redis://user:password@host:6379/0 or, over TLS, rediss://…, and fails where it
// cannot be reached.
func Open(ctx context.Context, url string, opts Options) (*Layer, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	// Protocol 3 would have each answer waited for twice, once for what the server
	// might push.
	o.Protocol, o.DisableIdentity = 2, true
	// What was asked twice would be done twice; what may be asked again, the
	// layer asks itself.
	o.MaxRetries, o.DialerRetries = -1, 1
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	l := &Layer{id: rand.Text(), opts: opts, rdb: redis.NewClient(o)}
	for i := range l.tags {
		l.tags[i] = l.tag(i)
	}
	if err := l.rdb.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("redis: reach %s: %w", o.Addr, err), l.rdb.Close())
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.out.init()
	l.live.init()
	l.held.init()
	l.drops.init()
	l.users.init()
	l.renewal.channels, l.renewal.presence, l.renewal.sequences = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, 1)
	l.start()
	return l, nil
}

func (l *Layer) start() {
	l.running.Go(l.listen)
	l.running.Go(l.empty)
	l.running.Go(func() { l.every(l.opts.hold/3, l.renewal.channels, l.renewChannels) })
	l.running.Go(func() { l.every(l.opts.Presence/3, l.renewal.presence, l.renewPresence) })
	l.running.Go(func() { l.every(sequenceKept/3, l.renewal.sequences, l.renewSequences) })
	l.running.Go(func() { l.after(l.opts.Channels.Expiry, l.drops.sent, l.sweep) })
	l.running.Go(func() { l.after(l.opts.Channels.Expiry/2, l.drops.lost, l.tell) })
}

// Close implements [hub.Layer]. It ends what this process holds on the server too,
// as far as that can be reached within some seconds.
func (l *Layer) Close() error {
	if l.ending.Swap(true) {
		return nil
	}
	ctx, cancel := detached()
	defer cancel()
	l.cancel()
	l.live.hangUp()
	l.running.Wait()
	l.abandonAll(ctx)
	l.exitAll(ctx)
	l.closing.Lock() // what is under way ends
	l.closed = true
	l.closing.Unlock()
	l.flushOutbox(ctx)
	l.out.close()
	l.tell()
	if err := l.rdb.Close(); err != nil {
		return fmt.Errorf("redis: close: %w", err)
	}
	return nil
}

// begin starts to ask something of the server, for which Close waits until done is
// called. It fails with [hub.ErrLayerClosed] once the connections are closed. The
// context it returns bounds a round trip, a new connection included.
func (l *Layer) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	l.closing.RLock()
	if l.closed {
		l.closing.RUnlock()
		return nil, nil, hub.ErrLayerClosed
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	return ctx, func() {
		cancel()
		l.closing.RUnlock()
	}, nil
}

// ended returns [hub.ErrLayerClosed] once the layer is closing: nothing new is begun
// then.
func (l *Layer) ended() error {
	if l.ctx.Err() != nil {
		return hub.ErrLayerClosed
	}
	return nil
}
