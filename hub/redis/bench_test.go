package redis

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hubbub/hub"
)

const text = "a text of some usual length, as people write"

// What it costs to publish an event, and to have it at another hub. The outbox is
// not to overflow, so that at most so many are under way.
func BenchmarkLive(b *testing.B) {
	const window = 1000
	l, other := pair(b, fresh(hub.ChannelOptions{}))
	slots := make(chan struct{}, window)
	stop, err := other.Listen(b.Context(), "lobby", func(*hub.Entry) { <-slots })
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	e := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Seq: 1, Text: text})
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		slots <- struct{}{}
		ok(b, l.Publish(b.Context(), "lobby", e))
	}
	for range window {
		slots <- struct{}{}
	}
}

// What a message from one hub to a reader at another costs, with so many pairs.
func BenchmarkChannel(b *testing.B) {
	for _, readers := range []int{1, 16} {
		b.Run(fmt.Sprint("pairs=", readers), func(b *testing.B) {
			l, other := pair(b, fresh(hub.ChannelOptions{}))
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range readers {
				name := fmt.Sprint("channel", i)
				all.Go(func() {
					for left.Add(-1) >= 0 {
						ok(b, l.Send(b.Context(), name, []byte(text)))
						received(b, other, name, text)
					}
				})
			}
			all.Wait()
		})
	}
}

// What a message to a group costs with so many members, each an owner that
// takes it at once.
func BenchmarkGroupSend(b *testing.B) {
	for _, members := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("members=", members), func(b *testing.B) {
			l := openAt(b, shared.addr, fresh(hub.ChannelOptions{}))
			var took sync.WaitGroup
			for i := range members {
				owner(b, l, fmt.Sprint("member!", i), took.Done)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				took.Add(members)
				ok(b, l.GroupSend(b.Context(), "all", []byte(text)))
				took.Wait()
			}
		})
	}
}

// owner owns a channel in the group and reads what comes, as the middleware does.
func owner(b *testing.B, l *Layer, name string, took func()) {
	b.Helper()
	var in hub.Inbox
	var mu sync.Mutex
	mu.Lock()
	in, err := l.Own(b.Context(), name, func() {
		go func() {
			mu.Lock()
			defer mu.Unlock()
			for _, found := in.Next(); found; _, found = in.Next() {
				took()
			}
		}()
	})
	mu.Unlock()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(in.Close)
	ok(b, l.GroupAdd(b.Context(), "all", name))
}

// What it costs that a user enters a room and leaves it.
func BenchmarkPresence(b *testing.B) {
	l, other := pair(b, fresh(hub.ChannelOptions{}))
	for i := range 100 {
		enters(b, other, fmt.Sprint("user", i), true)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		enters(b, l, "ada", true)
		exits(b, l, "ada", true)
	}
}
