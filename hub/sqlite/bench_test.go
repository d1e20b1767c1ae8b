package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// What an event costs the store where rooms take turns and a thousand events wait
// for their commit at most: one in each room of a thousand, or ten. With TMPDIR in
// memory it is what the processor has to do.
func BenchmarkAppend(b *testing.B) {
	for _, rooms := range []int{100, 1000} {
		b.Run(fmt.Sprint("rooms=", rooms), func(b *testing.B) {
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "hubbub.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			events := make([]hub.Event, rooms)
			for i := range events {
				events[i] = hub.Event{
					Type: hub.TypeReceivedMessage, Room: fmt.Sprint("room", i), Text: strings.Repeat("x", 128),
					From: hub.Participant{ID: hub.NewID(), Name: "ada", Kind: hub.Guest, Via: "websocket"},
				}
				if _, err := s.OpenRoom(b.Context(), events[i].Room, true); err != nil {
					b.Fatal(err)
				}
			}
			var under sync.WaitGroup
			slots := make(chan struct{}, 1000)
			done := func(_ hub.Appended, err error) {
				if err != nil {
					b.Error(err)
				}
				<-slots
				under.Done()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				slots <- struct{}{}
				under.Add(1)
				e := events[i%rooms]
				e.ID = hub.NewID()
				if err := s.Append(b.Context(), hub.Append{Event: e, Done: done}); err != nil {
					b.Fatal(err)
				}
			}
			under.Wait()
		})
	}
}

// What a page of the log costs, in rooms that took turns: the newest fifty, and fifty
// in the middle.
func BenchmarkRead(b *testing.B) {
	const rooms, each, page = 100, 200, 50
	dir := b.TempDir()
	s, err := sqlite.Open(b.Context(), filepath.Join(dir, "hubbub.db"))
	if err != nil {
		b.Fatal(err)
	}
	var under sync.WaitGroup
	for i := range rooms * each {
		room := fmt.Sprint("room", i%rooms)
		if i < rooms {
			if _, err := s.OpenRoom(b.Context(), room, true); err != nil {
				b.Fatal(err)
			}
		}
		under.Add(1)
		e := hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Text: strings.Repeat("x", 128), From: hub.Participant{ID: "ada"}}
		if err := s.Append(b.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) {
			if err != nil {
				b.Error(err)
			}
			under.Done()
		}}); err != nil {
			b.Fatal(err)
		}
	}
	under.Wait()
	for _, indexed := range []bool{false, true} {
		for _, at := range []struct {
			name   string
			before int64
		}{{"newest", each + 1}, {"middle", each / 2}} {
			b.Run(fmt.Sprintf("indexed=%t/%s", indexed, at.name), func(b *testing.B) {
				for i := range b.N {
					got, _, err := s.ReadBefore(b.Context(), fmt.Sprint("room", i%rooms), at.before, page)
					if err != nil || len(got) != page {
						b.Fatalf("%d, %v", len(got), err)
					}
				}
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if s, err = sqlite.Open(b.Context(), filepath.Join(dir, "hubbub.db")); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
