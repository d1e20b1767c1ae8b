package mqtt

import (
	"log/slog"
	"sync"
	"time"
)

// sumTime is how long refusals are counted before the log is told of them.
const sumTime = 10 * time.Second

// tally counts refusals of one kind, and logs them: the first at once, and those of
// the ten seconds after it as a sum, with the newest as an example. Clients of
// MQTT 3.1.1 cannot be told, so the log is where it is seen; and no client can fill it.
type tally struct {
	log     *slog.Logger
	message string

	mu      sync.Mutex
	total   uint64
	waiting int         // not in the log yet
	newest  []any       // what is to be said of the last of them
	timer   *time.Timer // runs while others may follow
	closed  bool
}

// add counts a refusal.
func (t *tally) add(args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total++
	t.waiting++
	t.newest = args
	if t.timer == nil || t.closed {
		t.tell()
	}
}

// tell is called with the lock.
func (t *tally) tell() {
	t.log.Warn(t.message, append([]any{"count", t.waiting}, t.newest...)...)
	t.waiting, t.newest = 0, nil
	if !t.closed {
		t.timer = time.AfterFunc(sumTime, t.sum)
	}
}

func (t *tally) sum() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer = nil
	if t.waiting > 0 {
		t.tell()
	}
}

// close logs what is counted.
func (t *tally) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
	if t.waiting > 0 {
		t.tell()
	}
}

func (t *tally) count() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}
