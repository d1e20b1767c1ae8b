package hubtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
)

func testSequences(t *testing.T, open OpenLayer) {
	runLayer(t, open, []layerTest{
		{"events are numbered without holes and heard in that order", hub.ChannelOptions{}, sequenceOrder},
		{"a sequence stands as long as somebody listens", hub.ChannelOptions{}, sequenceStands},
		{"a closed layer numbers nothing", hub.ChannelOptions{}, sequenceClosed},
	})
}

func sequenceOrder(t *testing.T, l *layer) {
	const publishers, each = 4, 50
	heard, _ := l.listen(t, "lobby")
	other, _ := l.listen(t, "attic")
	head, epoch, err := l.Sequence(t.Context(), "lobby")
	if head != 0 || epoch == "" || err != nil {
		t.Errorf("a new sequence stands at %d of %q, %v", head, epoch, err)
	}
	numbers := make(chan int64, publishers*each)
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for i := range each {
				e := said("lobby", fmt.Sprint("u", p), "", fmt.Sprint(i))
				e.At = time.Now().UTC().Truncate(time.Millisecond)
				l.PublishNext(t.Context(), "lobby", e, func(entry *hub.Entry, err error) {
					if err != nil {
						t.Error(err)
						numbers <- 0
						return
					}
					numbers <- entry.Event.Seq
				})
			}
		})
	}
	all.Wait()
	next := map[string]int{}
	for seq := int64(1); seq <= publishers*each; seq++ {
		e := hears(t, heard)
		from := e.Event.From.ID
		if e.Event.Seq != seq || e.Event.Text != fmt.Sprint(next[from]) || e.Event.Origin != "scope-"+from || e.Event.At.IsZero() {
			t.Fatalf("heard %s where seq %d should be, %d of its sender", e.JSON, seq, next[from])
		}
		if parsed, err := hub.ParseEntry(e.JSON); err != nil || parsed.Event.Seq != seq {
			t.Fatalf("its JSON is %s, %v", e.JSON, err)
		}
		next[from]++
	}
	seen := map[int64]bool{}
	for range publishers * each {
		seen[<-numbers] = true
	}
	if len(seen) != publishers*each || seen[0] {
		t.Errorf("%d numbers were given", len(seen))
	}
	if at, again, err := l.Sequence(t.Context(), "lobby"); at != publishers*each || again != epoch || err != nil {
		t.Errorf("the sequence stands at %d of %q, %v", at, again, err)
	}
	select {
	case e := <-other:
		t.Errorf("another room heard %s", e.JSON)
	default:
	}
}

func sequenceStands(t *testing.T, l *layer) {
	heard, stop := l.listen(t, "lobby")
	_, first := l.listen(t, "lobby")
	publish := func() {
		t.Helper()
		done := make(chan error, 1)
		l.PublishNext(t.Context(), "lobby", said("lobby", "ada", "", "hi"), func(_ *hub.Entry, err error) { done <- err })
		ok(t, <-done)
	}
	publish()
	hears(t, heard)
	_, epoch, err := l.Sequence(t.Context(), "lobby")
	ok(t, err)
	first()
	publish()
	if head, again, err := l.Sequence(t.Context(), "lobby"); head != 2 || again != epoch || err != nil {
		t.Errorf("it stands at %d of %q, %v; want 2 of %q", head, again, err, epoch)
	}
	stop()
}

func sequenceClosed(t *testing.T, l *layer) {
	ok(t, l.Close())
	done := make(chan error, 1)
	l.PublishNext(context.Background(), "lobby", said("lobby", "ada", "", "hi"), func(_ *hub.Entry, err error) { done <- err })
	if err := <-done; !errors.Is(err, hub.ErrLayerClosed) {
		t.Errorf("published on a closed layer: %v", err)
	}
}
