package http

import (
	"context"
	"sync"
	"time"

	"hubbub/hub"
)

// cutTime is how long streams that were cut off take to end.
const cutTime = time.Second

var errRestarting = hub.Errorf(hub.Unavailable, "The hub is restarting. Try again in a moment.")

// live is what goes on for longer than an answer takes: streams, and polls that
// wait.
type live struct {
	api      *api
	stopping chan struct{} // closed when polls are to answer with what they have

	mu      sync.Mutex
	streams map[*stream]struct{}
	closing bool
	running sync.WaitGroup
}

func newLive(a *api) *live {
	return &live{api: a, stopping: make(chan struct{}), streams: make(map[*stream]struct{})}
}

// add reports whether the hub is not stopping.
func (l *live) add(s *stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return false
	}
	l.streams[s] = struct{}{}
	l.running.Add(1)
	return true
}

func (l *live) remove(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.streams, s)
	l.running.Done()
}

func (l *live) isClosing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// shutdown has polls answered, and tells every stream's reader to come back. It
// waits until they are gone, or ctx ends: then it cuts off who is left.
func (l *live) shutdown(ctx context.Context) {
	l.mu.Lock()
	if !l.closing {
		l.closing = true
		close(l.stopping)
	}
	for s := range l.streams {
		s.restart()
	}
	l.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		l.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	l.mu.Lock()
	for s := range l.streams {
		s.cut(ctx.Err())
	}
	l.mu.Unlock()
	select {
	case <-gone:
	case <-time.After(cutTime):
	}
}
