package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"hubbub/hub"
)

// openLobby opens a new store with one room.
func openLobby(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.OpenRoom(t.Context(), "lobby", true); err != nil {
		t.Fatal(err)
	}
	return s
}

// fails hands the writer an append whose transaction then fails as end has it,
// and proves that its sender is told of a failure.
func fails(t *testing.T, s *Store, e hub.Event, end func(*tx) error) {
	t.Helper()
	err := s.do(t.Context(), func(t *tx) error {
		if _, err := t.append(&hub.Append{Event: e}); err != nil {
			return err
		}
		return end(t)
	})
	if err == nil {
		t.Error("the transaction did not fail")
	}
}

// What a failed transaction did to the log is found in the file, not in memory:
// a COMMIT that failed may have committed.
func TestAfterATransactionThatFailed(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		end  func(*tx) error
		kept bool
	}{
		{"rolled back", func(*tx) error { return broken }, false},
		{"committed", func(t *tx) error {
			_, err := t.w.conn.ExecContext(t.w.ctx, "COMMIT") // so that the writer's own fails
			return err
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openLobby(t)
			said := func(ref string) hub.Event {
				return hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Ref: ref, Text: "hi", From: hub.Participant{ID: "ada"}}
			}
			first, want := said("r1"), []hub.Kept(nil)
			fails(t, s, first, test.end)
			if stats := s.Stats(); stats.Failed != 1 || stats.Events.Sum != 0 || stats.Seconds.Sum <= 0 { // the room was made
				t.Errorf("counted %+v", stats)
			}
			if test.kept {
				want = []hub.Kept{{Ref: "r1", ID: first.ID, Seq: 1}}
			}
			kept, err := s.Kept(t.Context(), "lobby", "ada", []string{"r1"})
			if err != nil || !slices.Equal(kept, want) {
				t.Errorf("kept %+v, %v; want %+v", kept, err, want)
			}
			for i, ref := range []string{"r1", "r2"} {
				e := appendTo(t.Context(), s, said(ref))
				if e == nil || e.Event.Seq != int64(i+1) || test.kept && i == 0 && e.Event.ID != first.ID {
					t.Errorf("%s, sent after that, is %+v", ref, e)
				}
			}
		})
	}
}

// appendTo returns the event as the log holds it, nil where it does not.
func appendTo(ctx context.Context, s *Store, e hub.Event) *hub.Entry {
	done := make(chan *hub.Entry, 1)
	if s.Append(ctx, hub.Append{Event: e, Done: func(a hub.Appended, _ error) { done <- a.Entry }}) != nil {
		return nil
	}
	return <-done
}
