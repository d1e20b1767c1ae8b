package hub_test

import (
	"fmt"
	"log/slog"
	"testing"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

func TestMemoryLayer(t *testing.T) {
	hubtest.TestLayer(t, func(_ *testing.T, channels hub.ChannelOptions) hub.Layer {
		channels.Logger = slog.New(slog.DiscardHandler)
		return &hub.MemoryLayer{Options: channels}
	})
}

// What a message to a group costs with so many members, each an owner that
// takes it at once.
func BenchmarkGroupSend(b *testing.B) {
	for _, members := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint("members=", members), func(b *testing.B) {
			l := hub.NewMemoryLayer()
			defer l.Close()
			var inboxes []hub.Inbox
			for i := range members {
				name := fmt.Sprint("member!", i)
				in, err := l.Own(b.Context(), name, func() {})
				if err != nil {
					b.Fatal(err)
				}
				inboxes = append(inboxes, in)
				if err := l.GroupAdd(b.Context(), "all", name); err != nil {
					b.Fatal(err)
				}
			}
			message := []byte("a text of some usual length, as people write")
			b.ReportAllocs()
			for b.Loop() {
				if err := l.GroupSend(b.Context(), "all", message); err != nil {
					b.Fatal(err)
				}
				for _, in := range inboxes {
					if _, ok := in.Next(); !ok {
						b.Fatal("a member missed a message")
					}
				}
			}
		})
	}
}
