package hub_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"hubbub/hub"
)

// What retention took is not delivered from memory either, on any hub, and who
// lags is told what it does not get.
func TestALaggardIsToldWhatWasTrimmed(t *testing.T) {
	store, layer := newStore(t), hub.NewMemoryLayer()
	hubs := []*hub.Hub{newHub(t, store, layer, hub.Options{}), newHub(t, store, layer, hub.Options{})}
	var followers []*follower
	for _, h := range hubs {
		f := &follower{t: t, name: "follower"}
		sub, joined := join(t, h, scope("ada"), "lobby", nil, f)
		f.last = joined.Head
		sub.Start()
		mustPublish(t, h, scope("ada"), "lobby", "", "hi")
		followers = append(followers, f)
	}
	for _, f := range followers {
		eventually(t, "both are read", func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.last == 2
		})
		f.stop(true)
	}
	for range 20 {
		mustPublish(t, hubs[0], scope("ada"), "lobby", "", "hi")
	}
	mustPublish(t, hubs[0], scope("ada"), "lobby", "", "the end")
	for i, h := range hubs {
		if err := h.TrimRoom("lobby", hub.Keep{Events: 5}); err != nil {
			t.Fatal(err)
		}
		f := followers[i]
		f.stop(false)
		eventually(t, "it reads on", func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.ended
		})
		if f.gaps != 1 || len(f.missed) != 16 {
			t.Errorf("hub %d: was told of %d holes, of %v", i, f.gaps, f.missed)
		}
	}
}

// oneBad is a store that cannot trim one of its rooms.
type oneBad struct{ hub.Store }

func (s oneBad) Trim(ctx context.Context, room string, keep hub.Keep) (hub.RoomInfo, bool, error) {
	if room == "attic" {
		return hub.RoomInfo{}, false, errors.New("damaged")
	}
	return s.Store.Trim(ctx, room, keep)
}

// A log that cannot be trimmed does not keep others from it.
func TestALogThatCannotBeTrimmed(t *testing.T) {
	store := oneBad{newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	for range 3 {
		mustPublish(t, h, scope("ada"), "attic", "", "hi")
		mustPublish(t, h, scope("ada"), "lobby", "", "hi")
	}
	newHub(t, store, hub.NewMemoryLayer(), hub.Options{
		Logger: slog.New(slog.DiscardHandler), Trim: time.Millisecond,
		Policy: func(string) hub.Policy { return hub.Policy{Keep: hub.Keep{Events: 1}} },
	})
	eventually(t, "the lobby is trimmed", func() bool {
		info, err := store.OpenRoom(t.Context(), "lobby", false)
		return err == nil && info.First == 3
	})
}
