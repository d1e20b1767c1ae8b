package hub_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub"
)

// countedStore calls after when it has counted what is unread, and before when it
// is about to.
type countedStore struct {
	hub.Store
	before func(rooms []string) error
	after  func()
}

func (s *countedStore) Unread(ctx context.Context, user, name string, rooms ...string) ([]hub.Unread, error) {
	if s.before != nil {
		if err := s.before(rooms); err != nil {
			return nil, err
		}
	}
	all, err := s.Store.Unread(ctx, user, name, rooms...)
	if s.after != nil {
		s.after()
	}
	return all, err
}

// heard is a connection that is told of rooms.
type heard chan hub.Event

func (c heard) Send(e hub.Event) error {
	if e.Type == hub.TypeRoomHead {
		c <- e
	}
	return nil
}

// await returns the first head for which done says so.
func (c heard) await(t *testing.T, done func(*hub.Unread) bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	var last *hub.Unread
	for {
		select {
		case e := <-c:
			if last, _ = e.Detail.(*hub.Unread); done(last) {
				return
			}
		case <-late:
			t.Fatalf("not told; the last head is %+v", last)
		}
	}
}

// member makes the user one of the room, in which another one speaks.
func member(t *testing.T, h *hub.Hub, user string) {
	t.Helper()
	mustPublish(t, h, scope("ada"), "lobby", "", "hi")
	sub, _ := join(t, h, scope(user), "lobby", nil, newReader(false))
	sub.End()
}

// What is said between the counting and the watching is counted too.
func TestHeadsMissNothingWhileTheyAreCounted(t *testing.T) {
	t.Parallel()
	store := &countedStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	member(t, h, "bob")
	var once atomic.Bool
	store.after = func() {
		if once.CompareAndSwap(false, true) {
			mustPublish(t, h, scope("ada"), "lobby", "", "meanwhile")
		}
	}
	out := make(heard, 64)
	a := h.Attend(scope("bob"), out)
	defer a.Close()
	out.await(t, func(u *hub.Unread) bool { return u.Head == 2 && u.Unread == 2 })
}

// However often a room is to be counted within a second, it is counted once.
func TestHeadsAreCountedOnce(t *testing.T) {
	t.Parallel()
	store := &countedStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	member(t, h, "bob")
	out := make(heard, 64)
	a := h.Attend(scope("bob"), out)
	defer a.Close()
	out.await(t, func(u *hub.Unread) bool { return u.Unread == 1 })
	var counts atomic.Int64
	store.before = func([]string) error {
		counts.Add(1)
		return nil
	}
	for range 1000 {
		a.Joined("lobby")
		a.Left("lobby")
	}
	mustPublish(t, h, scope("ada"), "lobby", "", "there")
	for want := int64(2); want < 4; want++ { // the second is told when the first was counted for
		out.await(t, func(u *hub.Unread) bool { return u.Head == want })
		mustPublish(t, h, scope("ada"), "lobby", "", "there")
	}
	if n := counts.Load(); n > 10 {
		t.Errorf("a room was counted %d times", n)
	}
}

// Who has too much unread is told where a busy room stands without its being counted
// again and again.
func TestHeadsOfABusyRoom(t *testing.T) {
	t.Parallel()
	store := &countedStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	member(t, h, "bob")
	out := make(heard, 64)
	a := h.Attend(scope("bob"), out)
	defer a.Close()
	out.await(t, func(u *hub.Unread) bool { return u.Unread == 1 })
	var counts atomic.Int64
	store.before = func([]string) error {
		counts.Add(1)
		return nil
	}
	var last int64
	for range 3 {
		for range 600 {
			last = mustPublish(t, h, scope("ada"), "lobby", "", "hi").Event.Seq
		}
		out.await(t, func(u *hub.Unread) bool { return u.Head == last && u.Unread == hub.MaxUnread })
	}
	if n := counts.Load(); n > 2 {
		t.Errorf("a busy room was counted %d times", n)
	}
}

// A text of nothing but @ costs little, however many it is counted for.
func TestMentionsAreBounded(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("@", hub.DefaultMaxText-4)
	if hub.Mentions(text+"@bob", "1", "bob") {
		t.Error("all of a text is looked at")
	}
	if !hub.Mentions("@bob"+text, "1", "bob") {
		t.Error("the first names count")
	}
}

// What could not be counted is counted later.
func TestHeadsAreCountedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	t.Parallel()
	store := &countedStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	member(t, h, "bob")
	var failed atomic.Bool
	store.before = func([]string) error {
		if failed.CompareAndSwap(false, true) {
			return errors.New("the disk fails")
		}
		return nil
	}
	out := make(heard, 64)
	a := h.Attend(scope("bob"), out)
	defer a.Close()
	out.await(t, func(u *hub.Unread) bool { return u.Unread == 1 })
}
