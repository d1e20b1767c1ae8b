package hub_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// comeAndGo has scopes join and leave so many times, several at once, each as
// another user of the room than the one before.
func comeAndGo(t testing.TB, h *hub.Hub, workers, times, rooms int) {
	t.Helper()
	var coming sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(times))
	for i := range workers {
		coming.Go(func() {
			var r counting
			for n := i; left.Add(-1) >= 0; n++ {
				name := fmt.Sprint("room", n%rooms)
				sub, _, err := h.Join(t.Context(), scope(fmt.Sprint("user", i, "-", n%50)), &hub.Event{Type: hub.TypeRoomJoin, Room: name}, &r)
				if err != nil {
					t.Error(err)
					return
				}
				sub.Start()
				if n%10 == 0 {
					h.Publish(t.Context(), scope("sender"), &hub.Event{Type: hub.TypeSendMessage, Room: name, Text: "hi"}, func(_ *hub.Entry, err error) {
						if err != nil {
							t.Error(err)
						}
					})
				}
				sub.End()
			}
		})
	}
	coming.Wait()
}

// nothingLeft fails if the hub or its layer keep anything of a room.
func nothingLeft(t testing.TB, h *hub.Hub, layer *hub.MemoryLayer) {
	t.Helper()
	if rooms, frames := h.InMemory(); rooms != 0 || frames != 0 || h.Held() != 0 || layer.InMemory() != 0 {
		t.Errorf("left are %d rooms, %d of them held, %d bytes of frames, %d rooms of the layer",
			rooms, h.Held(), frames, layer.InMemory())
	}
}

// Whoever joins and leaves leaves nothing behind: no goroutine, no memory, no
// membership.
func TestJoinsAndLeavesLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(dir, "hubbub.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		layer := hub.NewMemoryLayer()
		h := hub.New(store, layer, hub.Options{})
		defer h.Close()
		quiet := func() {
			time.Sleep(5*time.Second + 3*time.Minute) //nolint:forbidigo // synctest: the grace, and until rooms leave
			synctest.Wait()
		}
		comeAndGo(t, h, 50, 5000, 20) // what is made once
		quiet()
		goroutines, before := runtime.NumGoroutine(), heap()
		const times = 50_000
		began := time.Now()
		comeAndGo(t, h, 50, times, 20)
		if d := time.Since(began); d > 4*time.Second {
			t.Errorf("it took %v of the grace", d)
		}
		quiet()
		nothingLeft(t, h, layer)
		if n := runtime.NumGoroutine(); n > goroutines+5 { // the runtime has some of its own now and then
			t.Errorf("%d goroutines more", n-goroutines)
		}
		after := heap()
		t.Logf("heap %d kB before, %d kB after", before>>10, after>>10)
		if after-before > 1<<20 {
			t.Errorf("%d joins and leaves left %d kB", times, (after-before)>>10)
		}
	})
}

// What a join and a leave cost. For a minute of it: -benchtime 60s.
func BenchmarkJoinLeave(b *testing.B) {
	layer := hub.NewMemoryLayer()
	h := newHub(b, newStore(b), layer, hub.Options{Grace: time.Second, Idle: time.Second})
	comeAndGo(b, h, 50, 5000, 20)
	goroutines := runtime.NumGoroutine()
	b.ReportAllocs()
	b.ResetTimer()
	comeAndGo(b, h, 50, b.N, 20)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "joins/s")
	eventually(b, "rooms and goroutines left", func() bool {
		rooms, _ := h.InMemory()
		return rooms == 0 && runtime.NumGoroutine() <= goroutines
	})
	nothingLeft(b, h, layer)
	b.Logf("%d joins: heap %d kB", b.N, heap()>>10)
}
