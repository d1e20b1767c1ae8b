package sqlite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
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

// Trimming troubles neither memory nor the writer where there is nothing to trim,
// and takes no more bytes at a time than others can wait for.
func TestTrimTakesLittle(t *testing.T) {
	dir := t.TempDir()
	s := openSmall(t, dir, 0, 0)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.OpenRoom(t.Context(), "lobby", true); err != nil {
		t.Fatal(err)
	}
	const events = 150
	for i := range events {
		done := make(chan error, 1)
		e := hub.Event{
			Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Ref: fmt.Sprint(i),
			Data: []byte(`"` + strings.Repeat("x", 60<<10) + `"`), From: hub.Participant{ID: "ada"},
		}
		if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	info, more, err := s.Trim(t.Context(), "lobby", hub.Keep{Events: 2})
	if err != nil || !more || info.First < 100 || info.First > 140 {
		t.Errorf("one commit trimmed to %+v, more %v, %v", info, more, err)
	}
	for more {
		if info, more, err = s.Trim(t.Context(), "lobby", hub.Keep{Events: 2}); err != nil {
			t.Fatal(err)
		}
	}
	if info.First != events-1 || info.Head != events {
		t.Errorf("trimmed to %+v", info)
	}
	for _, keep := range []hub.Keep{{}, {Events: 2}, {Events: 1000, Age: time.Hour}} {
		var again hub.RoomInfo
		busy := make(chan struct{})
		go func() { // the writer has something else to do
			_ = s.do(context.Background(), func(*tx) error { <-busy; return nil })
		}()
		again, more, err = s.Trim(t.Context(), "lobby", keep)
		close(busy)
		if again != info || more || err != nil {
			t.Errorf("nothing to trim for %+v: %+v, more %v, %v", keep, again, more, err)
		}
	}
	if _, _, err := s.Trim(t.Context(), "nowhere", hub.Keep{Events: 1}); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("trimmed a room that is not there: %v", err)
	}
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
