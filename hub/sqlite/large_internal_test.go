package sqlite

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
)

// TestLargeEventsWaitOutsideOfTheQueue: however many connections say much at once,
// the writer's queue holds a bounded part of it; small ones are not kept waiting,
// and the others get in when there is a place.
func TestLargeEventsWaitOutsideOfTheQueue(t *testing.T) {
	s := openLobby(t)
	busy, release := make(chan struct{}), make(chan struct{})
	if err := s.submit(t.Context(), &asking{
		work: func(*tx) error { close(busy); <-release; return nil },
		told: func(error) {},
	}); err != nil {
		t.Fatal(err)
	}
	<-busy
	var done sync.WaitGroup
	say := func(ctx context.Context, size int) error {
		done.Add(1)
		err := s.Append(ctx, hub.Append{
			Event: hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Text: strings.Repeat("x", size)},
			Done: func(_ hub.Appended, err error) {
				if err != nil {
					t.Error(err)
				}
				done.Done()
			},
		})
		if err != nil {
			done.Done()
		}
		return err
	}
	for range maxLarge {
		if err := say(t.Context(), large+1); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := say(gone, large+1); !errors.Is(err, context.Canceled) {
		t.Errorf("one large event more: %v", err)
	}
	if err := say(t.Context(), large); err != nil {
		t.Errorf("a small one: %v", err)
	}
	close(release)
	done.Wait()
	if err := say(t.Context(), large+1); err != nil {
		t.Errorf("a large one, later: %v", err)
	}
	done.Wait()
}
