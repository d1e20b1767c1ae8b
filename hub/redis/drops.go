package redis

import (
	"context"
	"sync"

	"hubbub/hub"
)

// drops counts what this process lost, and says when there may be something to
// sweep or to tell.
type drops struct {
	mu   sync.Mutex
	now  hub.Drops
	told hub.Drops // that the log was told of
	last string    // the channel that lost a message last

	sent, lost chan struct{} // tokens: since the last sweep, since the log was told
}

func (d *drops) init() { d.sent, d.lost = make(chan struct{}, 1), make(chan struct{}, 1) }

// count adds to the drops.
func (d *drops) count(full, expired, abandoned int, channel string) {
	if full+expired+abandoned == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now.Full += uint64(full)
	d.now.Expired += uint64(expired)
	d.now.Abandoned += uint64(abandoned)
	d.last = channel
	token(d.lost)
}

// Drops implements [hub.Channels]. What expired is counted by the process that
// found it, which may not be the one that sent it.
func (l *Layer) Drops() hub.Drops {
	l.drops.mu.Lock()
	defer l.drops.mu.Unlock()
	return l.drops.now
}

// tell tells the log what was dropped since it was last told.
func (l *Layer) tell() {
	d := &l.drops
	d.mu.Lock()
	now, before, channel := d.now, d.told, d.last
	d.told = d.now
	d.mu.Unlock()
	if now != before {
		l.opts.Channels.Logger.Warn("messages in channels were dropped", "full", now.Full-before.Full,
			"expired", now.Expired-before.Expired, "abandoned", now.Abandoned-before.Abandoned, "last_channel", channel)
	}
}

// sweep drops what has expired in channels that nobody asks, of all hubs.
func (l *Layer) sweep() {
	for _, tag := range l.tags {
		for {
			ctx, cancel := detached()
			r, err := l.runIn(ctx, sweepScript, tag)
			cancel()
			if err != nil {
				return // what is left ends with its queue
			}
			last, _ := r.text(1)
			l.drops.count(0, r.int(0), 0, last)
			if r.int(2) == 0 {
				break
			}
		}
	}
}

// detached returns a context for what is to be finished whatever its caller's
// context does.
func detached() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), timeout)
}
