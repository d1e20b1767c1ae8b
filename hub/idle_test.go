package hub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
	"hubbub/hub/sqlite"
)

// Rooms leave when nobody uses them, not before, and a departure is told first.
func TestRoomsLeaveMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		layer := hub.NewMemoryLayer()
		h := hub.New(store, layer, hub.Options{Grace: 5 * time.Minute, Idle: time.Minute})
		defer h.Close()
		in := func(want int, when string) {
			t.Helper()
			synctest.Wait()
			if rooms, _ := h.InMemory(); rooms != want || layer.InMemory() != want {
				t.Errorf("%s: %d rooms in the hub, %d in the layer, want %d", when, rooms, layer.InMemory(), want)
			}
		}
		pass := func(d time.Duration) {
			time.Sleep(d) //nolint:forbidigo // synctest
		}

		mustPublish(t, h, scope("ada"), "attic", "", "hi")
		sub, _ := join(t, h, scope("ada"), "lobby", nil, newReader(false))
		sub.Start()
		pass(59 * time.Second)
		in(2, "within a minute")
		pass(61 * time.Second)
		in(1, "after two, with a subscription")
		pass(time.Hour)
		in(1, "after an hour, with a subscription")

		told := layerHears(t, layer, "lobby")
		sub.End()
		pass(4 * time.Minute)
		in(1, "within the grace")
		pass(time.Minute + time.Second)
		if got := told(); len(got) != 1 || !slices.Equal(got[0].Detail.(*hub.PresenceChanged).Left, []string{"ada"}) {
			t.Errorf("of the departure was told %+v", got)
		}
		pass(2 * time.Minute)
		in(0, "after the grace")

		if e := mustPublish(t, h, scope("ada"), "attic", "", "again"); e.Event.Seq != 2 {
			t.Errorf("the log goes on with %d", e.Event.Seq)
		}
		for range 10 {
			pass(50 * time.Second)
			mustPublish(t, h, scope("ada"), "attic", "", "again")
			in(1, "a room that is written to")
		}
		if h.Held() != 0 {
			t.Errorf("%d rooms are held by nobody", h.Held())
		}
	})
}

// layerHears returns what the layer carries to the room from now on, to be
// called once.
func layerHears(t *testing.T, layer *hub.MemoryLayer, room string) func() []hub.Event {
	t.Helper()
	var mu sync.Mutex
	var got []hub.Event
	stop, err := layer.Listen(t.Context(), room, func(e *hub.Entry) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e.Event)
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() []hub.Event {
		stop()
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

// countingLayer counts how often rooms are listened to, and takes its time.
type countingLayer struct {
	hub.Layer
	listens, stops atomic.Int64
}

func (l *countingLayer) Listen(ctx context.Context, room string, receive func(*hub.Entry)) (func(), error) {
	pause(3)
	stop, err := l.Layer.Listen(ctx, room, receive)
	pause(3)
	l.listens.Add(1)
	return func() {
		l.stops.Add(1)
		stop()
	}, err
}

// pause passes some milliseconds, below most. They are whole ones, so that much
// happens in the same moment, at once.
func pause(most int64) {
	time.Sleep(time.Duration(rand.Int64N(most)) * time.Millisecond) //nolint:forbidigo // synctest
}

// Promises 2 and 5, while rooms leave memory as soon as they can and come back
// at once: whoever joins when, sees every event, once, in order.
func TestRoomsThatLeaveAndComeBackLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rooms, senders, each = 6, 6, 150
		layer := &countingLayer{Layer: hub.NewMemoryLayer()}
		h := hub.New(newStore(t), layer, hub.Options{Grace: time.Millisecond, Idle: 5 * time.Millisecond, IdleRooms: 1})
		defer h.Close()
		var published [rooms]atomic.Int64
		var sending, reading sync.WaitGroup
		for i := range senders {
			sending.Go(func() {
				s := scope(fmt.Sprint("sender", i))
				for n := range each {
					pause(50)
					at := rand.IntN(rooms)
					name := fmt.Sprint("room", at)
					e, err := publish(t.Context(), h, s, name, fmt.Sprint(n), "hello, hello")
					if err != nil {
						t.Error(err)
						return
					}
					published[at].Add(1)
					page, err := h.History(t.Context(), s, name, &hub.HistoryRequest{Limit: 1})
					if err != nil || page.Events[0].Event.Seq < e.Event.Seq {
						t.Errorf("after seq %d, history has %v, %v", e.Event.Seq, page, err)
					}
				}
			})
		}
		done := make(chan struct{})
		for i := range rooms {
			reading.Go(func() {
				r, s, since := newReader(i%2 == 0), scope(fmt.Sprint("reader", i)), int64(0)
				for more := true; more; pause(200) {
					select {
					case <-done:
						more = false // a last time, to the end
					default:
					}
					sub, joined := join(t, h, s, fmt.Sprint("room", i), &hub.Join{Since: &since}, r)
					if !joined.Recovered {
						t.Errorf("since %d: %+v", since, joined)
					}
					r.mu.Lock()
					for _, e := range joined.Events {
						r.seqs = append(r.seqs, e.Event.Seq)
					}
					r.mu.Unlock()
					sub.Start()
					pause(50)
					r.awaitSeq(t, 1, published[i].Load())
					sub.End()
					since = max(since, last(r.seqs))
				}
				r.wakes.Wait()
			})
		}
		sending.Wait()
		close(done)
		reading.Wait()
		n := layer.listens.Load()
		if t.Logf("%d rooms were loaded %d times", rooms, n); n < 10*rooms {
			t.Error("they did not leave")
		}
		h.Close()
		if stops := layer.stops.Load(); stops != n {
			t.Errorf("listened %d times, stopped %d times", n, stops)
		}
	})
}

// A room may leave between the moment in which a join finds it and that in which
// the join holds it.
func TestAJoinMeetsARoomThatLeaves(t *testing.T) {
	const joiners, each = 8, 2000
	h := newHub(t, &hubtest.Endless{}, hub.NewMemoryLayer(), hub.Options{IdleRooms: 1, Grace: time.Nanosecond})
	var joining sync.WaitGroup
	for i := range joiners {
		joining.Go(func() {
			s := scope(fmt.Sprint("user", i))
			for n := range each {
				r, name := newReader(false), fmt.Sprint("room", i, "-", n)
				sub, _ := join(t, h, s, name, nil, r)
				sub.Start()
				mustPublish(t, h, s, name, "", "hi")
				r.awaitSeq(t, 1, 1)
				sub.End()
			}
		})
	}
	joining.Wait()
}

// heap returns the bytes that are reachable.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers and pools let go
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Whoever makes many rooms, or looks at many, does not fill the memory.
func TestManyRoomsTouchedOnce(t *testing.T) {
	const rooms, bound = 100_000, 1000
	layer := hub.NewMemoryLayer()
	h := newHub(t, &hubtest.Endless{}, layer, hub.Options{IdleRooms: bound, Grace: time.Millisecond})
	before := heap()
	var touching sync.WaitGroup
	var next atomic.Int64
	for i := range 8 {
		touching.Go(func() {
			s := scope(fmt.Sprint("user", i))
			for {
				n := int(next.Add(1))
				if n > rooms {
					return
				}
				name := fmt.Sprint("room", n)
				if n%2 == 0 {
					if _, err := h.History(t.Context(), s, name, &hub.HistoryRequest{}); err != nil {
						t.Error(err)
					}
					continue
				}
				sub, _, err := h.Join(t.Context(), s, &hub.Event{Type: hub.TypeRoomJoin, Room: name}, newReader(false))
				if err != nil {
					t.Error(err)
					return
				}
				sub.Start()
				sub.End()
			}
		})
	}
	touching.Wait()
	eventually(t, "the rooms left", func() bool {
		n, _ := h.InMemory()
		return n <= bound && layer.InMemory() <= bound && h.Held() == 0
	})
	after := heap()
	t.Logf("%d rooms: heap %d kB before, %d kB after", rooms, before>>10, after>>10)
	if grown := after - before; grown > 32<<20 { // maps stay as large as they were at most
		t.Errorf("%d rooms touched once left %d kB", rooms, grown>>10)
	}
}

// eventually waits until done holds: for what nobody is told of.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx := deadline(t)
	for tick := time.NewTicker(time.Millisecond); !done(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited for this in vain: %s", what)
		}
	}
}
