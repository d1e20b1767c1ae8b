package hub_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hubbub/hub"
)

// counting is a reader that only counts.
type counting struct{ bytes atomic.Int64 }

func (c *counting) Send(hub.Event) error                           { return nil }
func (c *counting) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, c }
func (c *counting) Take(_ *hub.Cursor, frames []byte) int {
	c.bytes.Add(int64(len(frames)))
	return len(frames)
}

// What a durable publish costs with so many senders, each of which waits for
// its acknowledgement, over 100 rooms.
func BenchmarkPublish(b *testing.B) {
	for _, senders := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("senders=", senders), func(b *testing.B) {
			h := newHub(b, newStore(b), hub.NewMemoryLayer(), hub.Options{})
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range senders {
				all.Go(func() {
					s, room := scope(fmt.Sprint("sender", i)), fmt.Sprint("room", i%100)
					for n := 0; left.Add(-1) >= 0; n++ {
						if _, err := publish(b.Context(), h, s, room, fmt.Sprint(n), "a text of some usual length, as people write"); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// What the delivery of one event to so many readers costs, beside its publish.
func BenchmarkFanOut(b *testing.B) {
	for _, readers := range []int{0, 100, 1000} {
		b.Run(fmt.Sprint("readers=", readers), func(b *testing.B) {
			h := newHub(b, newStore(b), hub.NewMemoryLayer(), hub.Options{})
			all := make([]counting, readers)
			for i := range all {
				sub, _ := join(b, h, scope(fmt.Sprint("reader", i)), "lobby", nil, &all[i])
				sub.Start()
			}
			const window = 32 // under way
			slots := make(chan struct{}, window)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				slots <- struct{}{}
				h.Publish(b.Context(), scope("sender"), &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "a text of some usual length"},
					func(*hub.Entry, error) { <-slots })
			}
			for range window {
				slots <- struct{}{}
			}
		})
	}
}
