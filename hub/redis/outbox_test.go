package redis

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hubbub/hub"
)

// The outbox keeps what it took first and loses what is too much, whoever publishes
// goes on.
func TestOutboxIsBounded(t *testing.T) {
	var o outbox
	o.init()
	none := func(context.Context, redis.Pipeliner) {}
	for range maxPosts + 3 {
		o.put(post{size: 1, add: none})
	}
	if n := o.lose(2, time.Now()); n != 5 {
		t.Errorf("%d are lost, want 5", n)
	}
	if n := o.lose(1, time.Now()); n != 0 {
		t.Errorf("the log is told of %d too soon", n)
	}
	for range maxPosts / maxBatch {
		if n := len(o.batch()); n != maxBatch {
			t.Errorf("a batch of %d", n)
		}
	}
	o.put(post{size: maxPostBytes, add: none})
	o.put(post{size: 1, add: none}) // too much
	if n := len(o.batch()); n != 1 || o.bytes != 0 {
		t.Errorf("%d posts are left, and %d bytes after them", n, o.bytes)
	}
}

// Who publishes does not wait for a server that takes nothing, and what comes later
// arrives.
func TestPublishDoesNotWait(t *testing.T) {
	s := ownServer(t)
	opts := fresh(hub.ChannelOptions{})
	l, other := openAt(t, s.addr, opts), openAt(t, s.addr, opts)
	heard := listen(t, other, "lobby")
	l.rdb.ClientPause(t.Context(), 500*time.Millisecond)
	began := time.Now()
	e := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Text: text})
	const events = 500
	for range events {
		ok(t, l.Publish(t.Context(), "lobby", e))
	}
	if d := time.Since(began); d > 400*time.Millisecond {
		t.Errorf("publishing took %v", d)
	}
	for range events {
		select {
		case <-heard:
		case <-time.After(patience):
			t.Fatal("events did not arrive")
		}
	}
}

// What was published before the layer is closed reaches the other hubs.
func TestCloseSendsWhatIsLeft(t *testing.T) {
	opts := fresh(hub.ChannelOptions{})
	l, other := pair(t, opts)
	heard := listen(t, other, "lobby")
	for range 300 {
		ok(t, l.Publish(t.Context(), "lobby", hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby"})))
	}
	ok(t, l.Close())
	for i := range 300 {
		select {
		case <-heard:
		case <-time.After(patience):
			t.Fatalf("%d of 300 arrived", i)
		}
	}
}
