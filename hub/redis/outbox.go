package redis

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// Bounds of the outbox. What is more is lost: who waits for an event finds it in
// the log.
const (
	maxPosts     = 16 << 10
	maxPostBytes = 32 << 20
	maxBatch     = 512 // posts that are sent together
)

// outbox holds what is sent to the server, in order, without anybody waiting for
// the answer: many at a time, one batch after the other.
type outbox struct {
	mu     sync.Mutex
	posts  []post
	bytes  int
	closed bool
	lost   int // posts, since the log was told
	work   chan struct{}

	told time.Time // when the log was told; of the goroutine that empties
}

// post is a command on its way.
type post struct {
	add  func(context.Context, redis.Pipeliner)
	done func(error) // told how it ended; nil where nobody asks
	size int         // about how many bytes it takes
}

func (o *outbox) init() { o.work = make(chan struct{}, 1) }

// put takes a post and reports whether it did: it does not when the outbox is full
// or closed.
func (o *outbox) put(p post) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || len(o.posts) >= maxPosts || o.bytes+p.size > maxPostBytes {
		if p.done == nil {
			o.lost++
		}
		return false
	}
	o.posts = append(o.posts, p)
	o.bytes += p.size
	token(o.work)
	return true
}

// close takes nothing more, and tells those whose posts are left.
func (o *outbox) close() {
	o.mu.Lock()
	left := o.posts
	o.posts, o.bytes, o.closed = nil, 0, true
	o.mu.Unlock()
	for _, p := range left {
		if p.done != nil {
			p.done(hub.ErrLayerClosed)
		}
	}
}

// batch takes the oldest posts.
func (o *outbox) batch() []post {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(o.posts), maxBatch)
	batch := o.posts[:n:n]
	if o.posts = o.posts[n:]; len(o.posts) == 0 {
		o.posts = nil
	}
	for _, p := range batch {
		o.bytes -= p.size
	}
	return batch
}

// lose counts posts as lost, and returns how many the log is to be told of.
func (o *outbox) lose(n int, now time.Time) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lost += n
	if o.lost == 0 || now.Sub(o.told) < time.Second {
		return 0
	}
	n, o.lost, o.told = o.lost, 0, now
	return n
}

// empty sends what is in the outbox until the layer closes.
func (l *Layer) empty() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.out.work:
		}
		for l.ctx.Err() == nil {
			ctx, cancel := detached()
			sent, err := l.sendBatch(ctx)
			cancel()
			if sent == 0 {
				break
			}
			if err != nil {
				l.pause(l.ctx, retry)
			}
		}
	}
}

// flushOutbox sends what is left.
func (l *Layer) flushOutbox(ctx context.Context) {
	for ctx.Err() == nil {
		if sent, err := l.sendBatch(ctx); sent == 0 || err != nil {
			return
		}
	}
}

// sendBatch sends some posts and returns how many it was about. What did not
// arrive is not sent again: its order would be wrong.
func (l *Layer) sendBatch(ctx context.Context) (int, error) {
	batch := l.out.batch()
	lost := 0
	var answers []redis.Cmder
	var err error
	if len(batch) > 0 {
		pipe := l.rdb.Pipeline()
		for _, p := range batch {
			p.add(ctx, pipe)
		}
		if answers, err = pipe.Exec(ctx); err != nil {
			for i, a := range answers {
				if a.Err() != nil && batch[i].done == nil {
					lost++
				}
			}
			if !passing(err) {
				err = nil // the server took the batch, but for single commands
			}
		}
	}
	for i, p := range batch {
		if p.done != nil {
			p.done(answers[i].Err())
		}
	}
	if n := l.out.lose(lost, time.Now()); n > 0 {
		l.opts.Logger.Warn("redis: events did not reach other hubs, which find them in the log", "events", n, "error", err)
	}
	return len(batch), err
}

// pause waits a while, or until ctx ends.
func (l *Layer) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
