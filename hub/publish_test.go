package hub_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"hubbub/hub"
)

func TestPublishRefuses(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{MayCreate: func(_ *hub.Scope, room string) bool { return room == "lobby" }})
	for _, test := range []struct {
		name string
		e    hub.Event
		want hub.Code
	}{
		{"nothing said", hub.Event{Room: "lobby"}, hub.Invalid},
		{"a name that is none", hub.Event{Room: "Lobby!", Text: "x"}, hub.Invalid},
		{"a room that may not be made", hub.Event{Room: "attic", Text: "x"}, hub.Forbidden},
		{"a direct room", hub.Event{Room: "dm.a.b", Text: "x"}, hub.Forbidden},
		{"a long text", hub.Event{Room: "lobby", Text: strings.Repeat("x", hub.DefaultMaxText+1)}, hub.TooLarge},
		{"a large event", hub.Event{Room: "lobby", Data: []byte(`"` + strings.Repeat("x", hub.DefaultMaxEvent) + `"`)}, hub.TooLarge},
		{"broken UTF-8", hub.Event{Room: "lobby", Text: "\xff"}, hub.Invalid},
		{"a zero byte", hub.Event{Room: "lobby", Text: "a\x00b"}, hub.Invalid},
		{"a long ref", hub.Event{Room: "lobby", Text: "x", Ref: strings.Repeat("x", 65)}, hub.Invalid},
		{"a button without a label", hub.Event{Room: "lobby", Text: "x", Buttons: []hub.Button{{Action: "a"}}}, hub.Invalid},
	} {
		test.e.Type = hub.TypeSendMessage
		done := make(chan error, 1)
		h.Publish(t.Context(), scope("ada"), &test.e, func(_ *hub.Entry, err error) { done <- err })
		if err := <-done; hub.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	longest := mustPublish(t, h, scope("ada"), "lobby", strings.Repeat("r", 64), strings.Repeat("x", hub.DefaultMaxText))
	if longest.Event.Seq != 1 {
		t.Errorf("what was refused left a hole: the first event has seq %d", longest.Event.Seq)
	}
}

func TestASenderCannotSayWhatIsNotItsOwn(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	e, err := hub.ParseEvent([]byte(`{"type":"chat.send_message","room":"lobby","text":"hi",` +
		`"id":"mine","seq":99,"at":"2001-01-01T00:00:00Z","from":{"id":"eve","name":"Root","kind":"person"},"target":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan *hub.Entry, 1)
	h.Publish(t.Context(), scope("ada"), &e, func(entry *hub.Entry, _ error) { done <- entry })
	if got := (<-done).Event; got.ID == "mine" || got.Seq != 1 || got.At.Year() == 2001 || got.From.ID != "ada" || got.Target != "" {
		t.Errorf("the log holds %+v", got)
	}
}

func TestTheSameRefIsAnsweredTheSameAndDeliveredOnce(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	r := newReader(false)
	sub, _ := join(t, h, scope("bob"), "lobby", nil, r)
	sub.Start()
	first := mustPublish(t, h, scope("ada"), "lobby", "r1", "hi")
	again := mustPublish(t, h, scope("ada"), "lobby", "r1", "hi") // from another scope of hers
	if again.Event.ID != first.Event.ID || again.Event.Seq != first.Event.Seq {
		t.Errorf("answered %+v, then %+v", first.Event, again.Event)
	}
	if _, err := publish(t.Context(), h, scope("ada"), "lobby", "r1", "other"); hub.CodeOf(err) != hub.Conflict {
		t.Errorf("other content: %v", err)
	}
	mustPublish(t, h, scope("ada"), "lobby", "r2", "on")
	r.awaitSeq(t, 1, 2)
}

// failing is a store whose log cannot be written for a while.
type failing struct {
	hub.Store
	err error
}

func (s *failing) Append(ctx context.Context, a hub.Append) error {
	if s.err != nil {
		a.Done(hub.Appended{}, s.err)
		return nil //nolint:nilerr // it was accepted, and then failed
	}
	return s.Store.Append(ctx, a)
}

func TestAStoreThatFailsIsUnavailable(t *testing.T) {
	store := &failing{Store: newStore(t), err: errors.New("disk full: /secret/path")}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	_, err := publish(t.Context(), h, scope("ada"), "lobby", "r1", "hi")
	if hub.CodeOf(err) != hub.Unavailable || strings.Contains(hub.ProblemOf(err).Message, "secret") {
		t.Errorf("told %+v", hub.ProblemOf(err))
	}
	store.err = nil
	if e := mustPublish(t, h, scope("ada"), "lobby", "r1", "hi"); e.Event.Seq != 1 {
		t.Errorf("seq %d", e.Event.Seq)
	}
}

func TestHistory(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	for range 5 {
		mustPublish(t, h, scope("ada"), "lobby", "", "hi")
	}
	at := func(n int64) *int64 { return &n }
	for _, test := range []struct {
		name string
		room string
		q    hub.HistoryRequest
		want []int64
		more bool
		code hub.Code
	}{
		{"the newest", "lobby", hub.HistoryRequest{Limit: 2}, []int64{4, 5}, true, ""},
		{"all", "lobby", hub.HistoryRequest{}, []int64{1, 2, 3, 4, 5}, false, ""},
		{"before", "lobby", hub.HistoryRequest{Before: at(3), Limit: 1}, []int64{2}, true, ""},
		{"after", "lobby", hub.HistoryRequest{After: at(0), Limit: 2}, []int64{1, 2}, true, ""},
		{"after the end", "lobby", hub.HistoryRequest{After: at(9)}, nil, false, ""},
		{"both", "lobby", hub.HistoryRequest{After: at(1), Before: at(3)}, nil, false, hub.Invalid},
		{"below the log", "lobby", hub.HistoryRequest{Before: at(0)}, nil, false, hub.Invalid},
		{"a negative limit", "lobby", hub.HistoryRequest{Limit: -1}, nil, false, hub.Invalid},
		{"no such room", "attic", hub.HistoryRequest{}, nil, false, hub.NotFound},
	} {
		page, err := h.History(t.Context(), scope("bob"), test.room, &test.q)
		if test.code != "" {
			if hub.CodeOf(err) != test.code {
				t.Errorf("%s: %v, want %s", test.name, err, test.code)
			}
			continue
		}
		var got []int64
		for _, e := range page.Events {
			got = append(got, e.Event.Seq)
		}
		if err != nil || len(got) != len(test.want) || last(got) != last(test.want) || page.More != test.more {
			t.Errorf("%s: %v, more %v, %v", test.name, got, page.More, err)
		}
	}
}

// What is accepted can be read again, or it would stand in the way of all that
// comes after it.
func TestDataIsReadAgain(t *testing.T) {
	store := newStore(t)
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for data, ok := range map[string]bool{
		deep(64): true, deep(65): false, deep(10_000): false,
		`{"quoted":"[[\"[[` + strings.Repeat("[", 100) + `"}`: true,
		`{"a":1,}`: false, `1 2`: false, `"` + "\xff" + `"`: false, `null`: true, `"\ud800"`: true,
	} {
		e := &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "x", Data: []byte(data)}
		done := make(chan *hub.Entry, 1)
		h.Publish(t.Context(), scope("ada"), e, func(entry *hub.Entry, err error) {
			if (err == nil) != ok {
				t.Errorf("%.40s: %v", data, err)
			}
			done <- entry
		})
		if entry := <-done; entry != nil {
			if _, err := hub.ParseEntry(entry.JSON); err != nil {
				t.Errorf("%.40s was accepted, and: %v", data, err)
			}
		}
	}
	controls := &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: strings.Repeat("\x01", hub.DefaultMaxText)}
	done := make(chan error, 1)
	h.Publish(t.Context(), scope("ada"), controls, func(_ *hub.Entry, err error) { done <- err })
	if err := <-done; hub.CodeOf(err) != hub.TooLarge {
		t.Errorf("an event of 96 kB of JSON: %v", err)
	}
}

func TestACommandCannotCarryAnswers(t *testing.T) {
	frame := strings.Repeat(`{"type":"room.joined","events":[`, 2000)
	e, err := hub.ParseCommand([]byte(frame + strings.Repeat(`]}`, 2000)))
	if err != nil || e.Detail != nil {
		t.Errorf("parsed as %+v, %v", e, err)
	}
}

// A subscription asks no more what was asked when it joined, until something has
// happened to that.
func TestPublishOfASubscription(t *testing.T) {
	store := newStore(t)
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{MayCreate: func(s *hub.Scope, _ string) bool { return s.User.ID != "bob" }})
	ada, bob := scope("ada"), scope("bob")
	mustPublish(t, h, ada, "lobby", "", "first")
	sub, _ := join(t, h, bob, "lobby", nil, newReader(false))
	say := func(e hub.Event) (*hub.Entry, error) {
		t.Helper()
		var entry *hub.Entry
		done := make(chan error, 1)
		e.Room = "lobby"
		sub.Publish(t.Context(), &e, func(got *hub.Entry, err error) {
			entry = got
			done <- err
		})
		return entry, <-done
	}
	isMember := func() bool {
		t.Helper()
		members, _, err := store.Members(t.Context(), "lobby", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(members, func(m hub.Member) bool { return m.ID == "bob" })
	}
	message := hub.Event{Type: hub.TypeSendMessage, Text: "hi", Ref: "r1"}
	first, err := say(message)
	if err != nil || first.Event.Seq != 2 || first.Event.From.ID != "bob" {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := say(message); err != nil || again.Event.ID != first.Event.ID {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if _, err := say(hub.Event{Type: hub.TypeSendMessage}); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("nothing said: %v", err)
	}
	if e, err := say(hub.Event{Type: hub.TypeReact, Target: first.Event.ID, Detail: &hub.Reaction{Emoji: "👍"}}); err != nil || e.Event.Seq != 3 {
		t.Errorf("a reaction: %+v, %v", e, err)
	}

	if err := h.Dismiss(t.Context(), "lobby", "bob"); err != nil || isMember() {
		t.Fatalf("dismissed: %v", err)
	}
	if _, err := say(hub.Event{Type: hub.TypeSendMessage, Text: "again"}); err != nil || !isMember() {
		t.Errorf("who writes is not admitted again: %v", err)
	}

	if err := h.DeleteRoom(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	if _, err := say(hub.Event{Type: hub.TypeSendMessage, Text: "into nothing"}); hub.CodeOf(err) != hub.Forbidden {
		t.Errorf("the room was removed, and who may not make one is told %v", err)
	}
}
