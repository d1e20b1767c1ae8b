package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"hubbub/hub"
)

// What a change of a message that is not there costs the writer, in a room of
// large ones.
func BenchmarkNoTarget(b *testing.B) {
	s, err := Open(b.Context(), b.TempDir()+"/hubbub.db")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, err := s.OpenRoom(b.Context(), "lobby", true); err != nil {
		b.Fatal(err)
	}
	var middle string
	for i := range 1000 {
		done := make(chan hub.Appended, 1)
		e := hub.Event{
			Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Ref: fmt.Sprint(i),
			Data: []byte(`"` + strings.Repeat("x", 60<<10) + `"`), From: hub.Participant{ID: "ada"},
		}
		if err := s.Append(b.Context(), hub.Append{Event: e, Done: func(a hub.Appended, _ error) { done <- a }}); err != nil {
			b.Fatal(err)
		}
		if a := <-done; i == 500 {
			middle = a.Entry.Event.ID
		}
	}
	for b.Loop() {
		done := make(chan error, 1)
		e := hub.Event{Type: hub.TypeReacted, Room: "lobby", ID: hub.NewID(), Target: middle + "x", Detail: &hub.Reaction{Emoji: "x"}}
		if err := s.Append(b.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }}); err != nil {
			b.Fatal(err)
		}
		if err := <-done; hub.CodeOf(err) != hub.NotFound {
			b.Fatal(err)
		}
	}
}
