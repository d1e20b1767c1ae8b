package hub_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"hubbub/hub"
)

// listens is a scope's sender that reads rooms by events.
type listens struct {
	mu     sync.Mutex
	events []hub.Event
	heard  chan struct{}
}

func newListens() *listens { return &listens{heard: make(chan struct{}, 1)} }

func (l *listens) Send(e hub.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	select {
	case l.heard <- struct{}{}:
	default:
	}
	return nil
}

// await returns what was heard, up to an event of the type.
func (l *listens) await(t *testing.T, typ string) []hub.Event {
	t.Helper()
	for {
		l.mu.Lock()
		for i, e := range l.events {
			if e.Type == typ {
				heard := l.events[:i+1]
				l.events = l.events[i+1:]
				l.mu.Unlock()
				return heard
			}
		}
		l.mu.Unlock()
		select {
		case <-l.heard:
		case <-t.Context().Done():
			t.Fatalf("never heard %s", typ)
		}
	}
}

func (l *listens) count(typ string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Type == typ {
			n++
		}
	}
	return n
}

// Who is in a room that is deleted is told, once and last, and is in it no more;
// the next room of the name is another one.
func TestDeleteRoom(t *testing.T) {
	layer := hub.NewMemoryLayer()
	h := newHub(t, newStore(t), layer, hub.Options{})
	ada, bob := newListens(), newListens()
	enter := func(user string, out hub.Sender) (*hub.Subscription, *hub.Joined) {
		t.Helper()
		sub, joined, err := h.Join(t.Context(), scope(user), &hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Tag: 7}, out)
		if err != nil {
			t.Fatal(err)
		}
		return sub, joined
	}
	subA, before := enter("ada", ada)
	subA.Start()
	early, _ := enter("bob", bob) // has not been answered yet
	mustPublish(t, h, scope("ada"), "lobby", "r1", "hi")
	watching := newListens()
	mustPublish(t, h, scope("eve"), "lobby", "", "I am a member")
	attendance := h.Attend(scope("eve"), watching)
	defer attendance.Close()
	watching.await(t, hub.TypeRoomHead)

	if err := h.DeleteRoom(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	heard := ada.await(t, hub.TypeRoomRemoved)
	if last := heard[len(heard)-1]; last.Room != "lobby" || last.Tag != 7 || !subA.Removed() {
		t.Errorf("ada heard %+v", last)
	}
	watching.await(t, hub.TypeRoomRemoved)
	if n := bob.count(hub.TypeRoomRemoved); n != 0 {
		t.Error("bob was told before the answer to the join")
	}
	early.Start()
	bob.await(t, hub.TypeRoomRemoved)
	if _, count, err := layer.Present(t.Context(), "lobby", 10); err != nil || count != 0 {
		t.Errorf("%d users are left in the room, %v", count, err)
	}
	if rooms, _ := h.InMemory(); rooms != 0 {
		t.Errorf("%d rooms are in memory", rooms)
	}
	if err := h.DeleteRoom(t.Context(), "lobby"); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("deleted twice: %v", err)
	}

	subB, after := enter("bob", bob)
	subB.Start()
	if after.Epoch == before.Epoch || after.Head != 0 || after.Present.Count != 1 {
		t.Errorf("made again it is %+v", after)
	}
	if e := mustPublish(t, h, scope("ada"), "lobby", "r1", "another"); e.Event.Seq != 1 {
		t.Errorf("its first event has seq %d", e.Event.Seq)
	}
	bob.await(t, hub.TypeReceivedMessage)
	subA.End() // of the room before: it changes nothing
	if ada.count(hub.TypeReceivedMessage)+ada.count(hub.TypeRoomRemoved) != 0 {
		t.Error("ada is still in the room")
	}
	subB.End()
}

// Rooms are deleted while others join, write and leave: nobody hears an event twice
// or out of order, or anything of a room after it was told that it is removed.
func TestDeleteRoomUnderWay(t *testing.T) {
	layer := hub.NewMemoryLayer()
	h := newHub(t, newStore(t), layer, hub.Options{})
	const users, rounds = 6, 60
	var running sync.WaitGroup
	for u := range users {
		running.Go(func() {
			user := fmt.Sprint("user", u)
			for i := range rounds {
				out := newListens()
				sub, _, err := h.Join(t.Context(), scope(user), &hub.Event{Type: hub.TypeRoomJoin, Room: "lobby"}, out)
				if err != nil {
					if hub.CodeOf(err) != hub.NotFound {
						t.Error(err)
					}
					continue
				}
				sub.Start()
				done := make(chan struct{})
				h.Publish(t.Context(), scope(user), &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: fmt.Sprint(i)}, func(_ *hub.Entry, err error) {
					if err != nil && hub.CodeOf(err) != hub.NotFound {
						t.Error(err)
					}
					close(done)
				})
				<-done
				sub.End()
				var seq int64
				out.mu.Lock()
				events := slices.Clone(out.events)
				out.mu.Unlock()
				for i, e := range events {
					switch {
					case e.Type == hub.TypeRoomRemoved && i != len(events)-1:
						t.Errorf("after the room was removed came %+v", events[i+1:])
					case e.Seq != 0 && e.Seq <= seq:
						t.Errorf("seq %d came after %d", e.Seq, seq)
					}
					seq = max(seq, e.Seq)
				}
			}
		})
	}
	running.Go(func() {
		for range rounds {
			if err := h.DeleteRoom(t.Context(), "lobby"); err != nil && hub.CodeOf(err) != hub.NotFound {
				t.Error(err)
			}
		}
	})
	running.Wait()
	if err := h.DeleteRoom(t.Context(), "lobby"); err != nil && hub.CodeOf(err) != hub.NotFound {
		t.Fatal(err)
	}
	if _, count, err := layer.Present(t.Context(), "lobby", 10); err != nil || count != 0 {
		t.Errorf("%d users are left in the room, %v", count, err)
	}
	if rooms, frames := h.InMemory(); rooms != 0 || frames != 0 || h.Held() != 0 {
		t.Errorf("%d rooms are in memory, %d held, with frames of %d bytes", rooms, h.Held(), frames)
	}
}
