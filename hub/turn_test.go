package hub_test

import (
	"context"
	"errors"
	"testing"

	"hubbub/hub"
)

// stubbornStore refuses what its hooks say.
type stubbornStore struct {
	hub.Store
	admit, set func() error
}

func (s *stubbornStore) Admit(ctx context.Context, room string, p hub.Participant) (bool, error) {
	if s.admit != nil {
		if err := s.admit(); err != nil {
			return false, err
		}
	}
	return s.Store.Admit(ctx, room, p)
}

func (s *stubbornStore) SetState(ctx context.Context, rows ...hub.State) error {
	if s.set != nil {
		if err := s.set(); err != nil {
			return err
		}
	}
	return s.Store.SetState(ctx, rows...)
}

// failsTimes returns what fails so many times.
func failsTimes(times int) func() error {
	return func() error {
		if times--; times < 0 {
			return nil
		}
		return errors.New("the disk fails")
	}
}

func saying(room, ref, text string) hub.Event {
	return hub.Event{Type: hub.TypeSendMessage, Room: room, Ref: ref, Text: text}
}

func publishTurn(t *testing.T, h *hub.Hub, s *hub.Scope, events []hub.Event, rows ...hub.State) []hub.Published {
	t.Helper()
	done := make(chan []hub.Published, 2)
	h.PublishTurn(t.Context(), s, events, func(of []hub.Published) { done <- of }, rows...)
	return <-done
}

// A turn that meets a fault before it is published is published whole when it is
// tried again: nothing of it was said, and nothing is lost.
func TestATurnThatCannotBePublishedNowIsPublishedLater(t *testing.T) {
	store := &stubbornStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	bot := scope("bot")
	mustPublish(t, h, bot, "attic", "", "the bot is a member here")
	turn := []hub.Event{saying("lobby", "r1", "one"), saying("attic", "r2", "two")}
	store.admit = failsTimes(1)
	for i, p := range publishTurn(t, h, bot, turn) {
		if hub.CodeOf(p.Err) != hub.Unavailable {
			t.Errorf("event %d of a turn that failed: %v", i, p.Err)
		}
	}
	for i, p := range publishTurn(t, h, bot, turn) {
		if p.Err != nil || p.Repeated || p.Entry.Event.Text != turn[i].Text {
			t.Errorf("event %d of the turn, tried again: %+v", i, p)
		}
	}
}

// Where the rows of a turn cannot be committed, nothing of it is said in rooms
// that keep no log.
func TestATurnWithoutItsRowsIsNotSaid(t *testing.T) {
	store := &stubbornStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{Policy: ephemeral})
	bot := scope("bot")
	turn := []hub.Event{saying("lobby", "r1", "one"), saying("lobby", "r2", "two")}
	row := hub.State{Key: "k", Value: []byte("v")}
	store.set = failsTimes(1)
	for i, p := range publishTurn(t, h, bot, turn, row) {
		if hub.CodeOf(p.Err) != hub.Unavailable {
			t.Errorf("event %d of a turn whose rows failed: %+v", i, p)
		}
	}
	for i, p := range publishTurn(t, h, bot, turn, row) {
		if p.Err != nil || p.Entry.Event.Seq != int64(i+1) {
			t.Errorf("event %d of the turn, tried again: %+v", i, p)
		}
	}
	if v, err := store.State(t.Context(), "k"); string(v) != "v" || err != nil {
		t.Errorf("its row is %q, %v", v, err)
	}
}
