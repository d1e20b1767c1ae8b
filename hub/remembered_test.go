package hub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub"
)

// readsStore counts the pages that are read from it.
type readsStore struct {
	hub.Store
	pages atomic.Int32
}

func (s *readsStore) ReadAfter(ctx context.Context, room string, after int64, limit int) ([]*hub.Entry, bool, error) {
	s.pages.Add(1)
	return s.Store.ReadAfter(ctx, room, after, limit)
}

func (s *readsStore) ReadBefore(ctx context.Context, room string, before int64, limit int) ([]*hub.Entry, bool, error) {
	s.pages.Add(1)
	return s.Store.ReadBefore(ctx, room, before, limit)
}

// Whoever joins is told the same from memory and from the store, whatever was done
// with the messages meanwhile, and from memory where it has all of it.
func TestJoinsFromMemoryAreAsFromTheStore(t *testing.T) {
	const steps, joins = 120, 6
	for _, seed := range []uint64{1, 2, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			store := &readsStore{Store: newStore(t)}
			layer := hub.NewMemoryLayer()
			h := newHub(t, store, layer, hub.Options{Frames: 16 << 10})
			bare := newHub(t, store, layer, hub.Options{}) // nobody reads there, so it remembers nothing
			sub, _ := join(t, h, scope("reader"), "lobby", nil, newReader(false))
			sub.Start()
			fromMemory := 0
			var ids []string
			for range steps {
				if e := step(t, r, h, ids); e.Type == hub.TypeReceivedMessage {
					ids = append(ids, e.ID)
				}
				for range joins {
					q := &hub.Join{Limit: r.IntN(30)}
					if r.IntN(2) == 0 {
						q.Since = new(r.Int64N(int64(steps)))
					}
					before := store.pages.Load()
					here := joinedAs(t, h, q)
					if store.pages.Load() == before && len(here.Detail.(*hub.Joined).Events) > 0 {
						fromMemory++
					}
					if got, want := string(hub.AppendJSON(nil, &here)), string(hub.AppendJSON(nil, new(joinedAs(t, bare, q)))); got != want {
						t.Fatalf("a join %+v was told\n%s\nfrom the store it is\n%s", q, got, want)
					}
				}
			}
			if fromMemory < steps/4 {
				t.Errorf("%d of %d joins were answered from memory", fromMemory, steps*joins)
			}
		})
	}
}

// step does something in the room, with one of the messages that it has or with a new
// one, and returns the event.
func step(t *testing.T, r *rand.Rand, h *hub.Hub, ids []string) hub.Event {
	t.Helper()
	e := hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "it is " + hub.NewID(), Buttons: []hub.Button{{Action: "yes", Label: "Yes"}}}
	if len(ids) > 0 && r.IntN(3) == 0 {
		e = hub.Event{Room: "lobby", Target: ids[max(len(ids)-1-r.IntN(12), 0)]}
		switch r.IntN(4) {
		case 0:
			e.Type, e.Text = hub.TypeEditMessage, "it was "+hub.NewID()
		case 1:
			e.Type = hub.TypeDeleteMessage
		case 2:
			e.Type, e.Detail = hub.TypeReact, &hub.Reaction{Emoji: "👍", Remove: r.IntN(3) == 0}
		case 3:
			e.Type, e.Detail = hub.TypePressButton, &hub.Press{Action: "yes"}
		}
	}
	var got hub.Event
	done := make(chan error, 1)
	h.Publish(t.Context(), scope("ada"), &e, func(entry *hub.Entry, err error) {
		if err == nil {
			got = entry.Event
		}
		done <- err
	})
	if err := <-done; err != nil && hub.CodeOf(err) != hub.NotFound && hub.CodeOf(err) != hub.Conflict { // of what was deleted
		t.Fatal(err)
	}
	return got
}

// joinedAs joins and leaves, and returns the answer without who is there.
func joinedAs(t *testing.T, h *hub.Hub, q *hub.Join) hub.Event {
	t.Helper()
	sub, joined, err := h.Join(t.Context(), scope("joiner"), &hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: q}, newReader(false))
	if err != nil {
		t.Fatal(err)
	}
	sub.End()
	joined.Present = hub.Present{}
	return hub.Event{Type: hub.TypeRoomJoined, Room: "lobby", Detail: joined}
}

// apart is a layer that other hubs may share.
type apart struct{ hub.Layer }

// What another hub took away is not told from memory, whenever this hub hears of it.
func TestWhatAnotherHubTookAwayIsNotRemembered(t *testing.T) {
	store := newStore(t)
	here := newHub(t, store, apart{hub.NewMemoryLayer()}, hub.Options{})
	other := newHub(t, store, apart{hub.NewMemoryLayer()}, hub.Options{}) // which is not heard
	sub, _ := join(t, here, scope("reader"), "lobby", nil, newReader(false))
	sub.Start()
	publish := func(h *hub.Hub, e hub.Event) hub.Event {
		t.Helper()
		told := make(chan hub.Event, 1)
		h.Publish(t.Context(), scope("ada"), &e, func(entry *hub.Entry, err error) {
			if err != nil {
				t.Error(err)
				entry = &hub.Entry{}
			}
			told <- entry.Event
		})
		return <-told
	}
	said := publish(here, hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "secret"})
	publish(other, hub.Event{Type: hub.TypeDeleteMessage, Room: "lobby", Target: said.ID})
	_, joined, err := here.Join(t.Context(), scope("joiner"), &hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{Limit: 10}}, newReader(false))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range joined.Events {
		if e.Event.Text != "" {
			t.Errorf("a join was told %s", e.JSON)
		}
	}
	if len(joined.Events) == 0 {
		t.Error("a join was told nothing")
	}
}
