package hubtest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
)

// A deleted room is gone with all that it had, after a restart too, and one made
// again by its name is another.
func storeDeletes(t *testing.T, s *store) {
	if err := s.DeleteRoom(t.Context(), "lobby"); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("a room that never was: %v, want %s", err, hub.NotFound)
	}
	before := s.room(t, "lobby")
	other := s.room(t, "attic")
	for _, room := range []string{"lobby", "attic"} {
		for i := range 30 {
			s.mustAppend(t, said(room, "ada", fmt.Sprint("r", i), "secret of "+room))
		}
		if _, err := s.Admit(t.Context(), room, hub.Participant{ID: "ada", Name: "Ada", Kind: hub.Guest}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.MarkRead(t.Context(), room, "ada", 20); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteRoom(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.gone(t, "lobby")
		if all, err := hub.AllRooms(t.Context(), s); err != nil || len(all) != 1 || all[0].Name != "attic" || all[0].Epoch != other.Epoch || all[0].Head != 30 {
			t.Errorf("there are %+v, %v", all, err)
		}
		s.reopen(t)
	}
	if unread, err := s.Unread(t.Context(), "ada", "Ada"); err != nil || len(unread) != 1 || unread[0].Room != "attic" || unread[0].Read != 20 {
		t.Errorf("ada has not read %+v, %v", unread, err)
	}
	again := s.room(t, "lobby")
	if again.Epoch == before.Epoch || again.Head != 0 || again.First != 1 {
		t.Errorf("made again it is %+v, before it was %+v", again, before)
	}
	if page, _, err := s.Members(t.Context(), "lobby", "", 10); err != nil || len(page) != 0 {
		t.Errorf("it has the members %+v, %v", page, err)
	}
	// A ref of the room before is one that was never used.
	if a := s.mustAppend(t, said("lobby", "ada", "r7", "another")); a.Repeated || a.Entry.Event.Seq != 1 {
		t.Errorf("its first event is %+v", a)
	}
	if a := s.mustAppend(t, said("attic", "ada", "r7", "secret of attic")); !a.Repeated {
		t.Error("another room has lost a ref")
	}
	if page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 100); err != nil || len(page) != 1 || strings.Contains(string(page[0].JSON), "secret") {
		t.Errorf("its log is %v, %v", page, err)
	}
	s.reopen(t)
	if info := s.room(t, "lobby"); info.Epoch != again.Epoch || info.Head != 1 {
		t.Errorf("after a restart it is %+v, before it was %+v", info, again)
	}
	if info := s.room(t, "attic"); info.Epoch != other.Epoch || info.Head != 30 {
		t.Errorf("after a restart the other one is %+v, before it was %+v", info, other)
	}
}

// gone fails unless nothing can be done to the room.
func (s *store) gone(t *testing.T, room string) {
	t.Helper()
	_, openErr := s.OpenRoom(t.Context(), room, false)
	_, appendErr := s.append(t, said(room, "ada", "", "late"))
	_, _, readErr := s.ReadAfter(t.Context(), room, 0, 10)
	_, _, trimErr := s.Trim(t.Context(), room, hub.Keep{Events: 1})
	_, _, membersErr := s.Members(t.Context(), room, "", 10)
	_, admitErr := s.Admit(t.Context(), room, hub.Participant{ID: "ada"})
	_, keptErr := s.Kept(t.Context(), room, "ada", []string{"r1"})
	for what, err := range map[string]error{
		"opened": openErr, "appended to": appendErr, "read": readErr, "trimmed": trimErr, "asked for members": membersErr,
		"admitted to": admitErr, "asked for refs": keptErr, "deleted": s.DeleteRoom(t.Context(), room),
	} {
		if hub.CodeOf(err) != hub.NotFound {
			t.Errorf("a deleted room was %s: %v, want %s", what, err, hub.NotFound)
		}
	}
}

// Who writes while the room is deleted, and made again and again, has its event in
// one log, from seq 1 on without holes, or is told that there is no room.
func storeDeletesUnderWay(t *testing.T, s *store) {
	const writers, each, deletions = 4, 200, 20
	s.room(t, "lobby")
	var mu sync.Mutex
	epochs := map[string]bool{}
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for i := range each {
				_, err := s.append(t, said("lobby", fmt.Sprint("w", w), fmt.Sprint(i), "x"))
				if err != nil && hub.CodeOf(err) != hub.NotFound {
					t.Error(err)
				}
			}
		})
	}
	running.Go(func() {
		for range deletions {
			info := s.room(t, "lobby")
			mu.Lock()
			if epochs[info.Epoch] {
				t.Errorf("the epoch %s is there again", info.Epoch)
			}
			epochs[info.Epoch] = true
			mu.Unlock()
			if err := s.DeleteRoom(t.Context(), "lobby"); err != nil {
				t.Error(err)
			}
		}
	})
	running.Wait()
	info := s.room(t, "lobby")
	page, more, err := s.ReadAfter(t.Context(), "lobby", 0, hub.MaxPage)
	if err != nil || more || int64(len(page)) != info.Head {
		t.Fatalf("the room is %+v and has %d events, %v", info, len(page), err)
	}
	for i, e := range page {
		if e.Event.Seq != int64(i+1) {
			t.Fatalf("event %d has seq %d", i, e.Event.Seq)
		}
	}
}
