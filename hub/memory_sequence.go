package hub

import (
	"context"
	"fmt"
	"sync"
)

// memorySequence numbers the events of one ephemeral room.
type memorySequence struct {
	mu    sync.Mutex // held until an event is handed over, so that none overtakes another
	head  int64
	epoch string
}

// Sequence implements [Sequences].
func (l *MemoryLayer) Sequence(_ context.Context, room string) (head int64, epoch string, err error) {
	l.mu.Lock()
	s := &l.room(room).sequence
	l.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch == "" {
		s.epoch = NewID()
	}
	return s.head, s.epoch, nil
}

// PublishNext implements [Sequences].
func (l *MemoryLayer) PublishNext(_ context.Context, room string, e Event, done func(*Entry, error)) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		done(nil, fmt.Errorf("publish to room %s: %w", room, ErrLayerClosed))
		return
	}
	r := l.room(room)
	l.mu.Unlock()
	s := &r.sequence
	s.mu.Lock()
	s.head++
	e.Seq = s.head
	entry := NewEntry(e)
	l.mu.Lock()
	receivers := r.receivers
	l.mu.Unlock()
	for _, receive := range receivers {
		(*receive)(entry)
	}
	s.mu.Unlock()
	done(entry, nil)
}
