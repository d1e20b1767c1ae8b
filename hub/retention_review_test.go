package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hubbub/hub"
)

// damagedStore cannot trim one of its rooms.
type damagedStore struct {
	hub.Store
	damaged string
}

func (s *damagedStore) Trim(ctx context.Context, room string, keep hub.Keep) (hub.RoomInfo, bool, error) {
	if room == s.damaged {
		return hub.RoomInfo{}, false, errors.New("the disk fails")
	}
	return s.Store.Trim(ctx, room, keep)
}

// A room that cannot be trimmed does not keep the others from it.
func TestEachRoomIsTrimmed(t *testing.T) {
	t.Parallel()
	store := &damagedStore{newStore(t), "attic"}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{
		Trim:   10 * time.Millisecond,
		Policy: func(string) hub.Policy { return hub.Policy{Keep: hub.Keep{Events: 1}} },
	})
	for range 2 {
		mustPublish(t, h, scope("ada"), "attic", "", "hi")
		mustPublish(t, h, scope("ada"), "lobby", "", "hi")
	}
	eventually(t, "the lobby is not trimmed", func() bool {
		info, err := store.OpenRoom(t.Context(), "lobby", false)
		return err == nil && info.First == 2
	})
}
