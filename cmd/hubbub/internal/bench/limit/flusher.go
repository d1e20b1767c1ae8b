package limit

import (
	"runtime"
	"sync"
	"time"
)

// flusher writes what is pending in rooms: one goroutine for all.
type flusher struct {
	opts Options
	wake chan struct{}

	mu    sync.Mutex
	dirty []*room
}

// say puts a message into a room.
func (f *flusher) say(r *room, text []byte) {
	fresh, events := r.add(text)
	if fresh {
		f.mu.Lock()
		f.dirty = append(f.dirty, r)
		f.mu.Unlock()
	}
	if fresh || events == f.opts.Frames {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

func (f *flusher) run() {
	timer := time.NewTimer(time.Hour)
	var rooms, later []*room
	for {
		select {
		case <-f.wake:
		case <-timer.C:
		}
		runtime.Gosched() // senders that are ready get in
		f.mu.Lock()
		rooms, f.dirty = f.dirty, rooms[:0]
		f.mu.Unlock()
		now := time.Now()
		wait := time.Hour
		later = later[:0]
		for _, r := range rooms {
			if left := f.left(r, now); left > 0 {
				wait = min(wait, left)
				later = append(later, r)
				continue
			}
			r.flush(now)
		}
		f.mu.Lock()
		f.dirty = append(f.dirty, later...)
		f.mu.Unlock()
		timer.Reset(wait)
	}
}

// left returns how long the room's events may still wait for others.
func (f *flusher) left(r *room, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.events >= f.opts.Frames {
		return 0
	}
	return r.flushed.Add(f.opts.Gap).Sub(now)
}
