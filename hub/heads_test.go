package hub_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// attending notes what a connection is told of rooms that it has not joined.
type attending struct {
	*hub.Attendance
	mu    sync.Mutex
	heads map[string]hub.Unread // by room, as last told
	told  []string              // types and rooms, of all else too
}

func (a *attending) Send(e hub.Event) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, e.Type+" "+e.Room)
	if u, ok := e.Detail.(*hub.Unread); ok {
		a.heads[e.Room] = *u
	}
	return nil
}

func (a *attending) take() (head hub.Unread, told string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	told, a.told = strings.Join(a.told, ", "), nil
	return a.heads["lobby"], told
}

func attend(h *hub.Hub, user string) *attending {
	a := &attending{heads: make(map[string]hub.Unread)}
	a.Attendance = h.Attend(scope(user), a)
	return a
}

func change(t *testing.T, h *hub.Hub, user string, e hub.Event) {
	t.Helper()
	done := make(chan error, 2)
	h.Publish(t.Context(), scope(user), &e, func(_ *hub.Entry, err error) { done <- err })
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A connection is told where the rooms stand that it has not joined.
func TestAttendance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
		mustPublish(t, h, scope("bob"), "lobby", "", "I am here")
		mustPublish(t, h, scope("ada"), "lobby", "", "hi @bob")
		mustPublish(t, h, scope("ada"), "lobby", "", "hi all")
		bob := attend(h, "bob")
		settled := func(what string, want hub.Unread, wantTold string) {
			t.Helper()
			time.Sleep(3 * time.Second) //nolint:forbidigo // synctest
			synctest.Wait()
			want.Room = "lobby"
			if got, told := bob.take(); got != want || told != wantTold {
				t.Errorf("%s: told %q, lobby at %+v; want %q, %+v", what, told, got, wantTold, want)
			}
		}
		settled("at first", hub.Unread{Head: 3, Unread: 2, Mentions: 1}, "room.head lobby")
		last := mustPublish(t, h, scope("ada"), "lobby", "", "@bob?")
		settled("a mention", hub.Unread{Head: 4, Unread: 3, Mentions: 2}, "room.head lobby")
		change(t, h, "ada", hub.Event{Type: hub.TypeDeleteMessage, Room: "lobby", Target: last.Event.ID})
		settled("its deletion", hub.Unread{Head: 5, Unread: 2, Mentions: 1}, "room.head lobby")
		if err := h.MarkRead(t.Context(), scope("bob"), "lobby", 2); err != nil {
			t.Error(err)
		}
		settled("a mark of another connection", hub.Unread{Head: 5, Read: 2, Unread: 1}, "chat.read lobby, room.head lobby")
		bob.Joined("lobby")
		mustPublish(t, h, scope("ada"), "lobby", "", "on")
		settled("joined", hub.Unread{Head: 5, Read: 2, Unread: 1}, "")
		bob.Left("lobby")
		settled("left", hub.Unread{Head: 6, Read: 2, Unread: 2}, "room.head lobby")
		for range 300 {
			mustPublish(t, h, scope("ada"), "lobby", "", "on")
		}
		settled("very many", hub.Unread{Head: 306, Read: 2, Unread: hub.MaxUnread}, "room.head lobby")
		mustPublish(t, h, scope("ada"), "attic", "", "hi")
		mustPublish(t, h, scope("bob"), "attic", "", "hi")
		at := hub.Unread{Head: 306, Read: 2, Unread: hub.MaxUnread}
		settled("a new room", at, "room.added attic, room.head attic")
		if err := h.Dismiss(t.Context(), "attic", "bob"); err != nil {
			t.Error(err)
		}
		settled("no member any more", at, "room.removed attic")
		mustPublish(t, h, scope("ada"), "attic", "", "on")
		settled("after that", at, "")
		bob.Close()
		mustPublish(t, h, scope("ada"), "lobby", "", "on")
		settled("closed", at, "")
		if n := h.Held(); n != 0 {
			t.Errorf("%d rooms are held by nobody", n)
		}
	})
}

// A connection that joins needs no telling of what it joins; the user's others do. Of
// a user who is fresh there is nothing to count.
func TestWhoJoinsIsNotToldOfTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &unreadStore{Store: newStore(t)}
		h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
		s := scope("ada")
		s.User.Fresh = true
		here := &attending{heads: make(map[string]hub.Unread)}
		here.Attendance = h.Attend(s, here)
		defer here.Close()
		time.Sleep(3 * time.Second) //nolint:forbidigo // synctest
		if n := store.counts.Load(); n != 0 {
			t.Errorf("a fresh user's rooms were counted %d times", n)
		}
		there := attend(h, "ada")
		defer there.Close()
		sub, _ := join(t, h, s, "lobby", nil, newReader(false))
		here.Joined("lobby")
		sub.Start()
		mustPublish(t, h, s, "attic", "", "hi")
		time.Sleep(3 * time.Second) //nolint:forbidigo // synctest
		if _, told := here.take(); told != "room.added attic, room.head attic" {
			t.Errorf("the connection that joined was told %q", told)
		}
		if _, told := there.take(); told != "room.added lobby, room.added attic, room.head attic, room.head lobby" {
			t.Errorf("the other connection was told %q", told)
		}
	})
}

// Who was made a member by a join that failed is told where the room stands.
func TestAJoinThatFailsLeavesTheRoomWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, unreadable{newStore(t)}, hub.NewMemoryLayer(), hub.Options{})
		mustPublish(t, h, scope("bob"), "lobby", "", "hi")
		s := scope("ada")
		s.User.Fresh = true
		here := &attending{heads: make(map[string]hub.Unread)}
		here.Attendance = h.Attend(s, here)
		defer here.Close()
		e := hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{Limit: 10}}
		if _, _, err := h.Join(t.Context(), s, &e, newReader(false)); hub.CodeOf(err) != hub.Unavailable {
			t.Fatalf("the join was answered with %v", err)
		}
		time.Sleep(3 * time.Second) //nolint:forbidigo // synctest
		if _, told := here.take(); told != "room.head lobby" {
			t.Errorf("the connection was told %q", told)
		}
	})
}

// unreadable is a store whose logs cannot be read back.
type unreadable struct{ hub.Store }

func (unreadable) ReadBefore(context.Context, string, int64, int) ([]*hub.Entry, bool, error) {
	return nil, false, errors.New("unreadable")
}

// unreadStore counts how often somebody's rooms were counted.
type unreadStore struct {
	hub.Store
	counts atomic.Int32
}

func (s *unreadStore) Unread(ctx context.Context, user, name string, rooms ...string) ([]hub.Unread, error) {
	s.counts.Add(1)
	return s.Store.Unread(ctx, user, name, rooms...)
}

// Whatever happens at the same time, in the end everybody knows what the store
// would say, and nothing is kept for those who have gone.
func TestAttendancesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rooms, users, each = 4, 4, 40
		store := newStore(t)
		h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{Grace: time.Millisecond, Idle: 50 * time.Millisecond, IdleRooms: 1})
		var acting sync.WaitGroup
		var mu sync.Mutex
		all := make(map[*attending]string)
		for i := range 2 * users {
			acting.Go(func() {
				user := fmt.Sprint("user", i%users)
				var a *attending
				joined := ""
				for range each {
					pause(700)
					room := fmt.Sprint("room", rand.IntN(rooms))
					switch at := rand.IntN(10); {
					case a == nil:
						a = attend(h, user)
					case at == 0 && joined == "":
						a.Close()
						a = nil
					case joined != "":
						a.Left(joined)
						joined = ""
					case at < 3:
						a.Joined(room)
						joined = room
					case at < 4:
						if err := h.MarkRead(t.Context(), scope(user), room, 1+rand.Int64N(100)); err != nil && hub.CodeOf(err) != hub.NotFound && hub.CodeOf(err) != hub.Forbidden {
							t.Error(err)
						}
					case at < 5:
						if err := h.Dismiss(t.Context(), room, user); err != nil && hub.CodeOf(err) != hub.NotFound {
							t.Error(err)
						}
					default:
						mustPublish(t, h, scope(user), room, "", "hi @user"+fmt.Sprint(rand.IntN(users)))
					}
				}
				if joined != "" {
					a.Left(joined)
				}
				if a != nil {
					mu.Lock()
					defer mu.Unlock()
					all[a] = user
				}
			})
		}
		acting.Wait()
		time.Sleep(5 * time.Second) //nolint:forbidigo // synctest
		synctest.Wait()
		for a, user := range all {
			want, err := store.Unread(t.Context(), user, user)
			if err != nil {
				t.Error(err)
			}
			for _, u := range want {
				if got := a.heads[u.Room]; got != u {
					t.Errorf("%s was told %+v, want %+v", user, got, u)
				}
			}
			a.Close()
		}
		if n := h.Held(); n != 0 {
			t.Errorf("%d rooms are held by nobody", n)
		}
	})
}
