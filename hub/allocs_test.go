package hub_test

import (
	"bufio"
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"hubbub/hub"
)

// socket is a participant at the end of a TCP connection.
type socket struct{ *hub.Outbound }

func (socket) Send(hub.Event) error                             { return nil }
func (s socket) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, s.Outbound }

// allocs returns how often memory is allocated for a message that so many sockets
// are delivered.
func allocs(t *testing.T, sockets int) float64 {
	t.Helper()
	const text = "a text of some usual length"
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{Gap: -1, Policy: func(string) hub.Policy { return hub.Policy{Ephemeral: true} }})
	var came atomic.Int64
	var peers sync.WaitGroup
	t.Cleanup(peers.Wait)
	for i := range sockets {
		ours, peer := tcpPair(t)
		out := hub.NewOutbound(ours)
		t.Cleanup(func() { out.Close(nil) })
		peers.Go(func() {
			for r := bufio.NewReaderSize(peer, 64<<10); ; {
				line, err := r.ReadSlice('\n')
				if err != nil {
					return
				}
				if bytes.Contains(line, []byte(text)) {
					came.Add(1)
				}
			}
		})
		sub, _ := join(t, h, scope(fmt.Sprint("reader", i)), "lobby", nil, socket{out})
		sub.Start()
	}
	sender := scope("sender")
	var said, acknowledged atomic.Int64
	return testing.AllocsPerRun(100, func() {
		said.Add(1)
		h.Publish(t.Context(), sender, &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: text}, func(_ *hub.Entry, err error) {
			if err != nil {
				t.Error(err)
			}
			acknowledged.Add(1)
		})
		for acknowledged.Load() < said.Load() || came.Load() < said.Load()*int64(sockets) {
			runtime.Gosched()
		}
	})
}

// A delivery allocates nothing, from the room's frames to the socket.
func TestADeliveryAllocatesNothing(t *testing.T) {
	const sockets = 100
	alone, all := allocs(t, 0), allocs(t, sockets)
	if all > alone+sockets/10 {
		t.Errorf("a message is %v allocations, and %v with %d deliveries", alone, all, sockets)
	}
}
