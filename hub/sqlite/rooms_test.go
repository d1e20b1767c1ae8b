package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// openSmall opens a store that keeps so many rooms and refs in memory.
func openSmall(t *testing.T, dir string, mostRooms, mostRefs int) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(dir, "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.rooms.mu.Lock()
	defer s.rooms.mu.Unlock()
	s.rooms.mostRooms, s.rooms.mostRefs = mostRooms, mostRefs
	return s
}

// kept returns how many rooms and refs are in memory.
func (s *Store) kept() (rooms, refs int) {
	s.rooms.mu.Lock()
	defer s.rooms.mu.Unlock()
	for _, r := range s.rooms.byName {
		if r.place.pins != 0 {
			panic("a room is pinned that nobody uses")
		}
		refs += r.countRefs()
	}
	if refs != s.rooms.refs || s.rooms.order.Len() != len(s.rooms.byName) {
		panic(fmt.Sprintf("%d refs and %d rooms were noted", s.rooms.refs, s.rooms.order.Len()))
	}
	return len(s.rooms.byName), refs
}

// What a store promises holds when rooms leave memory after each use.
func TestAStoreThatKeepsNoRoom(t *testing.T) {
	hubtest.TestStore(t, func(t *testing.T, dir string) hub.Store {
		t.Helper()
		return openSmall(t, dir, 0, 0)
	})
}

func (s *Store) mustAppend(t *testing.T, room, ref string) *hub.Entry {
	t.Helper()
	done := make(chan hub.Appended, 1)
	e := hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Ref: ref, Text: "hi", From: hub.Participant{ID: "ada"}}
	err := s.Append(context.Background(), hub.Append{Event: e, Done: func(a hub.Appended, err error) {
		if err != nil {
			t.Error(err)
		}
		done <- a
	}})
	if err != nil {
		t.Fatal(err)
	}
	return (<-done).Entry
}

// Readers and the writer load and unload the same rooms at the same time: each
// sees all that was committed before it asked, and no ref is taken twice.
func TestRoomsComeAndGo(t *testing.T) {
	const rooms, each = 6, 200
	s := openSmall(t, t.TempDir(), 2, 0)
	for i := range rooms {
		if _, err := s.OpenRoom(t.Context(), fmt.Sprint("room", i), true); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range each {
				name, ref := fmt.Sprint("room", rand.IntN(rooms)), fmt.Sprint(i, "-", n)
				e := s.mustAppend(t, name, ref)
				info, err := s.OpenRoom(t.Context(), name, false)
				if err != nil || info.Head < e.Event.Seq {
					t.Errorf("after seq %d: %+v, %v", e.Event.Seq, info, err)
				}
				if again := s.mustAppend(t, name, ref); again.Event.Seq != e.Event.Seq {
					t.Errorf("the ref %s was seq %d, then %d", ref, e.Event.Seq, again.Event.Seq)
				}
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n, _ := s.kept(); n > 2 {
		t.Errorf("%d rooms are in memory", n)
	}
}

// Refs are kept beyond what they may weigh for a while, so that a busy room is
// not read again and again.
func TestHeavyRoomsLeaveWhenTheyAreQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSmall(t, t.TempDir(), 100, 10)
		defer s.Close()
		for i := range 2 {
			if _, err := s.OpenRoom(t.Context(), fmt.Sprint("room", i), true); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			s.mustAppend(t, "room0", fmt.Sprint(i))
		}
		time.Sleep(keptFor - time.Second) //nolint:forbidigo // synctest
		s.mustAppend(t, "room1", "r")
		synctest.Wait()
		if rooms, refs := s.kept(); rooms != 2 || refs != 21 {
			t.Errorf("within a minute %d rooms with %d refs are in memory", rooms, refs)
		}
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		s.mustAppend(t, "room1", "r2")
		synctest.Wait()
		if rooms, refs := s.kept(); rooms != 1 || refs != 2 {
			t.Errorf("after it %d rooms with %d refs are in memory", rooms, refs)
		}
		if e := s.mustAppend(t, "room0", "7"); e.Event.Seq != 8 {
			t.Errorf("a ref that was forgotten: seq %d", e.Event.Seq)
		}
	})
}
