package hubtest

import (
	"fmt"
	"slices"
	"testing"

	"hubbub/hub"
)

func person(id, name string) hub.Participant {
	return hub.Participant{ID: id, Name: name, Kind: hub.Person, Via: "websocket"}
}

func (s *store) admit(t *testing.T, room string, p hub.Participant) bool {
	t.Helper()
	added, err := s.Admit(t.Context(), room, p)
	if err != nil {
		t.Error(err)
	}
	return added
}

func storeMembers(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "attic")
	if !s.admit(t, "lobby", person("ada", "Ada")) || s.admit(t, "lobby", person("ada", "Ada")) || !s.admit(t, "attic", person("ada", "Ada")) {
		t.Error("a membership begins once, in each room")
	}
	if s.admit(t, "lobby", person("ada", "Countess")) {
		t.Error("a new name is no new membership")
	}
	for i := range 10 {
		s.admit(t, "lobby", person(fmt.Sprint("u", i), "U"))
	}
	for _, want := range []bool{true, false} {
		if removed, err := s.Dismiss(t.Context(), "lobby", "u3"); removed != want || err != nil {
			t.Errorf("dismissed: %v, %v", removed, err)
		}
	}
	s.reopen(t)
	var ids []string
	after := ""
	for more := true; more; {
		page, m, err := s.Members(t.Context(), "lobby", after, 3)
		if err != nil || len(page) == 0 || len(page) > 3 {
			t.Fatalf("a page of %d, %v", len(page), err)
		}
		for _, m := range page {
			ids = append(ids, m.ID)
			if m.ID == "ada" && (m.Name != "Countess" || m.Kind != hub.Person || m.At.IsZero() || m.Read != 0) {
				t.Errorf("a member is %+v", m)
			}
		}
		after, more = ids[len(ids)-1], m
	}
	if want := []string{"ada", "u0", "u1", "u2", "u4", "u5", "u6", "u7", "u8", "u9"}; !slices.Equal(ids, want) {
		t.Errorf("members are %v", ids)
	}
	if _, err := s.Admit(t.Context(), "nowhere", person("ada", "Ada")); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("admitted to a room that is not there: %v", err)
	}
	if _, _, err := s.Members(t.Context(), "nowhere", "", 1); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("members of a room that is not there: %v", err)
	}
}

func storeReadMarks(t *testing.T, s *store) {
	s.room(t, "lobby")
	s.room(t, "attic")
	s.admit(t, "attic", person("bob", "Bob"))
	s.admit(t, "lobby", person("bob", "Bob"))
	unread := func(want ...hub.Unread) {
		t.Helper()
		got, err := s.Unread(t.Context(), "bob", "Bob")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("unread is %+v, %v; want %+v", got, err, want)
		}
	}
	attic := hub.Unread{Room: "attic"}
	unread(attic, hub.Unread{Room: "lobby"})

	s.mustAppend(t, said("lobby", "ada", "", "@bob hi"))                          // 1
	gone := s.mustAppend(t, said("lobby", "ada", "", "@bob oh")).Entry            // 2
	s.mustAppend(t, said("lobby", "ada", "", "on"))                               // 3
	s.mustAppend(t, said("lobby", "bob", "", "@bob of my own"))                   // 4
	s.mustAppend(t, about(hub.TypeDeletedMessage, "ada", gone.Event.ID, "", nil)) // 5
	unread(attic, hub.Unread{Room: "lobby", Head: 5, Unread: 2, Mentions: 1})

	for _, mark := range []struct {
		seq, at int64
		moved   bool
	}{{1, 1, true}, {1, 1, false}, {0, 1, false}, {99, 5, true}, {3, 5, false}} {
		at, moved, err := s.MarkRead(t.Context(), "lobby", "bob", mark.seq)
		if at != mark.at || moved != mark.moved || err != nil {
			t.Errorf("marked up to %d: %d, %v, %v", mark.seq, at, moved, err)
		}
		if mark.seq == 1 && mark.moved {
			unread(attic, hub.Unread{Room: "lobby", Head: 5, Read: 1, Unread: 1})
		}
	}
	s.reopen(t)
	unread(attic, hub.Unread{Room: "lobby", Head: 5, Read: 5})
	if one, err := s.Unread(t.Context(), "bob", "Bob", "lobby"); err != nil || len(one) != 1 || one[0].Room != "lobby" {
		t.Errorf("unread in one room: %+v, %v", one, err)
	}
	if none, err := s.Unread(t.Context(), "cat", "Cat"); err != nil || len(none) != 0 {
		t.Errorf("unread of a stranger: %+v, %v", none, err)
	}
	if _, _, err := s.MarkRead(t.Context(), "lobby", "cat", 1); hub.CodeOf(err) != hub.Forbidden {
		t.Errorf("a stranger's mark: %v, want %s", err, hub.Forbidden)
	}
}
