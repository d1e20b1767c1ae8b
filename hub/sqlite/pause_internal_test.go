package sqlite

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub"
)

// crowd has somebody want the one processor at all times, until the test ends, and
// go to the end of the queue after each tenth of a millisecond.
func crowd(t *testing.T) {
	t.Helper()
	before := runtime.GOMAXPROCS(1)
	var enough atomic.Bool
	var here sync.WaitGroup
	here.Go(func() {
		for !enough.Load() {
			for began := time.Now(); time.Since(began) < 100*time.Microsecond; {
			}
			runtime.Gosched()
		}
	})
	t.Cleanup(func() {
		enough.Store(true)
		here.Wait()
		runtime.GOMAXPROCS(before)
	})
}

// The writer leaves the processor to others after small commits: four times as long
// as they took, 40 ms at most, and not where nobody wants it, or more is to be done.
func TestThePauseAfterACommit(t *testing.T) {
	for _, test := range []struct {
		name          string
		jobs, waiting int
		took          time.Duration
		alone         bool
		least, most   time.Duration
	}{
		{name: "small", jobs: 1, took: 5 * time.Millisecond, least: 20 * time.Millisecond, most: 35 * time.Millisecond},
		{name: "small, and some wait", jobs: 7, waiting: 7, took: 5 * time.Millisecond, least: 20 * time.Millisecond, most: 35 * time.Millisecond},
		{name: "small and long", jobs: 1, took: 200 * time.Millisecond, least: 40 * time.Millisecond, most: 400 * time.Millisecond},
		{name: "small and alone", jobs: 1, took: 200 * time.Millisecond, alone: true, most: 10 * time.Millisecond},
		{name: "large", jobs: 8, took: 200 * time.Millisecond, most: 10 * time.Millisecond},
		{name: "small, and many wait", jobs: 1, waiting: 8, took: 200 * time.Millisecond, most: 10 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !test.alone {
				crowd(t)
			}
			w := &writer{store: &Store{queue: make(chan job, queued)}}
			for range test.waiting {
				w.store.queue <- nil
			}
			shortest := time.Hour // a machine that is busy makes some longer
			for range 5 {
				began := time.Now()
				w.pause(test.jobs, test.took)
				shortest = min(shortest, time.Since(began))
			}
			if shortest < test.least || shortest > test.most {
				t.Errorf("it lasts %v, want %v to %v", shortest, test.least, test.most)
			}
		})
	}
}

// Who says one thing after the other while a crowd wants the processor leaves that
// most of it.
func TestTheWriterGivesWayToACrowd(t *testing.T) {
	s := openLobby(t)
	crowd(t)
	var began time.Time
	var took, least float64 // seconds
	for i := range 20 {
		if i > 0 {
			least += min(others*took, longest.Seconds())
		}
		before := s.Stats().Seconds.Sum
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Ref: fmt.Sprint(i), Text: "hi", From: hub.Participant{ID: "ada"}}
		if appendTo(t.Context(), s, e) == nil {
			t.Fatal("it was not appended")
		}
		took = s.Stats().Seconds.Sum - before
		if i == 0 {
			began = time.Now() // the first one's outcome is told before its pause
		}
	}
	if all := time.Since(began).Seconds(); all < least {
		t.Errorf("they took %v s; want their pauses to be %v", all, least)
	}
}
