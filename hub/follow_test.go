package hub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// allRooms is a participant who follows all rooms.
type allRooms struct {
	moody bool

	mu     sync.Mutex
	rooms  map[string]*reader
	opened int
	closed int
}

func (f *allRooms) Send(hub.Event) error { return nil }

func (f *allRooms) OpenReader(e *hub.Event) (hub.Format, hub.Reader) {
	if e.Room == "" {
		return lines{}, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return lines{}, followedRoom{f.reader(e.Room), f}
}

// followedRoom counts how often a following lets go of it.
type followedRoom struct {
	*reader
	of *allRooms
}

func (r followedRoom) Close() {
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	r.of.closed++
}

func (f *allRooms) reader(room string) *reader {
	if f.rooms == nil {
		f.rooms = make(map[string]*reader)
	}
	if f.rooms[room] == nil {
		f.rooms[room] = newReader(f.moody)
	}
	return f.rooms[room]
}

// in returns the reader of a room.
func (f *allRooms) in(room string) *reader {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reader(room)
}

func (f *allRooms) counts() (opened, closed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened, f.closed
}

func follow(h *hub.Hub, out hub.Sender) *hub.Following {
	return h.Follow(scope("watcher"), &hub.Event{Type: hub.TypeRoomFollow, Tag: 7, Detail: &hub.Follow{}}, out)
}

func TestFollowing(t *testing.T) {
	layer := hub.NewMemoryLayer()
	h := newHub(t, newStore(t), layer, hub.Options{Policy: func(room string) hub.Policy {
		return hub.Policy{Ephemeral: strings.HasPrefix(room, "sensor")}
	}})
	ann := scope("ann")
	mustPublish(t, h, ann, "old", "", "before")
	mustPublish(t, h, ann, "quiet", "", "before")
	f := &allRooms{}
	following := follow(h, f)
	heard := new(listener)
	second := follow(h, heard)
	for _, room := range []string{"old", "new", "sensor"} {
		mustPublish(t, h, ann, room, "", "1")
		mustPublish(t, h, ann, room, "", "2")
	}
	f.in("old").awaitSeq(t, 2, 3)
	f.in("new").awaitSeq(t, 1, 2)
	f.in("sensor").awaitSeq(t, 1, 2)
	heard.await(t, 6)
	if err := h.Typing(t.Context(), ann, "quiet"); err != nil {
		t.Fatal(err)
	}
	quiet := f.in("quiet")
	quiet.await(t, "that ann writes", func() bool {
		return slices.ContainsFunc(quiet.said, func(e hub.Event) bool { return e.Type == hub.TypeTyping })
	})
	if len(quiet.seqs) > 0 {
		t.Errorf("told seq %d, which was before", quiet.seqs)
	}
	if _, present, _ := layer.Present(t.Context(), "old", 10); present != 0 {
		t.Error("who follows is present")
	}
	// Elsewhere in a room: again from its beginning.
	if err := following.Open(t.Context(), "old", 1); err != nil {
		t.Fatal(err)
	}
	old := f.in("old")
	old.await(t, "all of it", func() bool { return len(old.seqs) == 5 && old.seqs[2] == 1 && old.seqs[4] == 3 })
	if err := following.Open(t.Context(), "none", 1); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("open what is not there: %v", err)
	}
	following.End()
	following.End()
	second.End()
	mustPublish(t, h, ann, "old", "", "after")
	mustPublish(t, h, ann, "newer", "", "after")
	if len(old.seqs) != 5 || len(f.in("newer").seqs) > 0 {
		t.Error("it goes on after its end")
	}
	eventually(t, "no room is held", func() bool { return h.Held() == 0 })
}

// listener is a participant who follows all rooms and takes no frames.
type listener struct {
	mu  sync.Mutex
	got []hub.Event
}

func (e *listener) Send(ev hub.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ev.Seq > 0 {
		e.got = append(e.got, ev)
	}
	return nil
}

func (e *listener) await(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprint(n, " events"), func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.got) == n && e.got[n-1].Tag == 7
	})
}

// While it lets go of rooms as soon as it can, and they leave memory: every event,
// once, in order.
func TestFollowingLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rooms, senders, each = 8, 8, 150
		h := hub.New(newStore(t), hub.NewMemoryLayer(), hub.Options{Grace: time.Millisecond, Idle: 5 * time.Millisecond, IdleRooms: 1})
		defer h.Close()
		f := &allRooms{moody: true}
		following := follow(h, f)
		var published [rooms]atomic.Int64
		var sending sync.WaitGroup
		for i := range senders {
			sending.Go(func() {
				s := scope(fmt.Sprint("sender", i))
				for n := range each {
					pause(50)
					at := rand.IntN(rooms)
					if _, err := publish(t.Context(), h, s, fmt.Sprint("room", at), fmt.Sprint(n), "hello, hello"); err != nil {
						t.Error(err)
						return
					}
					published[at].Add(1)
				}
			})
		}
		sending.Wait()
		for i := range rooms {
			f.in(fmt.Sprint("room", i)).awaitSeq(t, 1, published[i].Load())
		}
		pause(1)
		following.End()
		for _, r := range f.rooms {
			r.wakes.Wait()
		}
		opened, closed := f.counts()
		if t.Logf("%d rooms were opened %d times, let go of %d times", rooms, opened, closed); closed < 10*rooms {
			t.Error("it did not let go of them")
		}
	})
}

// lossy is a layer that does not carry the first event of each room, as if the room
// had left memory while it was committed.
type lossy struct {
	*hub.MemoryLayer
	mu    sync.Mutex
	known map[string]bool
}

func (l *lossy) Publish(ctx context.Context, room string, e *hub.Entry) error {
	l.mu.Lock()
	lose := e.Event.Seq > 0 && !l.known[room]
	if lose {
		l.known[room] = true
	}
	l.mu.Unlock()
	if lose {
		return nil
	}
	return l.MemoryLayer.Publish(ctx, room, e)
}

func TestFollowingIsToldOfWhatNoRoomHeard(t *testing.T) {
	layer := &lossy{MemoryLayer: hub.NewMemoryLayer(), known: make(map[string]bool)}
	h := newHub(t, newStore(t), layer, hub.Options{})
	f := &allRooms{}
	defer follow(h, f).End()
	mustPublish(t, h, scope("ann"), "lobby", "", "1")
	r := f.in("lobby")
	eventually(t, "it is opened", func() bool { n, _ := f.counts(); return n == 1 })
	mustPublish(t, h, scope("ann"), "lobby", "", "2")
	r.awaitSeq(t, 1, 2)
}

// What no room heard comes first also where the room has its next event before anybody
// has looked.
func TestFollowingIsToldInOrderOfWhatNoRoomHeard(t *testing.T) {
	store := newStore(t)
	other := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	mustPublish(t, other, scope("ann"), "lobby", "", "1")
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	f := &allRooms{}
	defer follow(h, f).End()
	h.Miss("lobby", 1)
	mustPublish(t, h, scope("ann"), "lobby", "", "2")
	f.in("lobby").awaitSeq(t, 1, 2)
}

// One who follows 10,000 rooms costs the hub little, and nothing where it is quiet.
func TestFollowingManyRooms(t *testing.T) {
	const rooms = 10_000
	layer := hub.NewMemoryLayer()
	h := newHub(t, &hubtest.Endless{}, layer, hub.Options{Idle: time.Second, IdleRooms: 1000, Policy: func(string) hub.Policy {
		return hub.Policy{Ephemeral: true}
	}})
	run := func() time.Duration {
		s, start := scope("ann"), time.Now()
		for i := range rooms {
			mustPublish(t, h, s, fmt.Sprint("room", i), "", "hello")
		}
		return time.Since(start)
	}
	run() // makes the rooms
	without := run()
	before := heap()
	out := new(frameCounter)
	following := follow(h, out)
	idle := heap()
	with := run()
	active := heap()
	eventually(t, "all events", func() bool { return out.n.Load() == rooms })
	eventually(t, "it has let go of all rooms", func() bool { return h.Held() == 0 })
	t.Logf("%d events in as many rooms: %v, followed %v; heap %d kB, followed %d kB, active %d kB, quiet again %d kB",
		rooms, without, with, before>>10, idle>>10, active>>10, heap()>>10)
	if grown := idle - before; grown > 1<<20 {
		t.Errorf("to follow rooms that are quiet takes %d kB", grown>>10)
	}
	following.End()
}

// frameCounter counts the frames that it is given.
type frameCounter struct{ n atomic.Int64 }

func (c *frameCounter) Send(hub.Event) error                           { return nil }
func (c *frameCounter) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, c }
func (c *frameCounter) Take(_ *hub.Cursor, frames []byte) int {
	c.n.Add(int64(strings.Count(string(frames), "\n")))
	return len(frames)
}
