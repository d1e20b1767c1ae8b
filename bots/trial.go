package bots

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hubbub/hub"
)

// Trial is a bot that one talks to without a hub, in one room. Everything is as in
// a hub, but that nothing is kept beyond the trial. It is not for concurrent use.
type Trial struct {
	talks *conversations
	book  notebook
	room  string
	seq   int64
	asked *hub.Event // the newest message that has buttons
}

// NewTrial begins a trial in the room; the bot's first one where it is empty.
func NewTrial(d *Definition, room string) *Trial {
	bot := d.Bot()
	switch {
	case room == "" && len(bot.Rooms) > 0:
		room = bot.Rooms[0]
	case !slices.Contains(bot.Rooms, room):
		bot.Rooms = append(slices.Clone(bot.Rooms), room)
	}
	t := &Trial{room: room, book: notebook{rows: make(map[string][]byte)}}
	t.talks = newConversations(context.Background(), &bot, &t.book, newWheel(), new(counts), slog.New(slog.DiscardHandler))
	return t
}

// Say has somebody say something, and returns what the bot does then: it says
// something (chat.send_message), reacts or edits. What it says has an id.
func (t *Trial) Say(ctx context.Context, from hub.Participant, text string) ([]hub.Event, error) {
	return t.Tell(ctx, hub.Event{Type: hub.TypeReceivedMessage, From: from, Text: text})
}

// Tell is [Trial.Say] for any event of the room. What e does not say is made up.
func (t *Trial) Tell(ctx context.Context, e hub.Event) ([]hub.Event, error) {
	t.seq++
	e.Room, e.Seq, e.ID, e.At = t.room, t.seq, hub.NewID(), time.Now().UTC()
	if e.From.Kind == hub.Bot && !t.talks.bot.HearBots {
		return nil, nil
	}
	err := t.talks.turn(ctx, e)
	return t.done(), err
}

// Buttons returns those that can be pressed: of the newest message that has some.
func (t *Trial) Buttons() []hub.Button {
	if t.asked == nil {
		return nil
	}
	return t.asked.Buttons
}

// Press has somebody press the button with that action.
func (t *Trial) Press(ctx context.Context, from hub.Participant, action string) ([]hub.Event, error) {
	if t.asked == nil || !slices.ContainsFunc(t.asked.Buttons, func(b hub.Button) bool { return b.Action == action }) {
		return nil, hub.Errorf(hub.NotFound, "There is no button %q to press.", action)
	}
	return t.Tell(ctx, hub.Event{
		Type: hub.TypePressedButton, From: from, Target: t.asked.ID,
		Detail: &hub.Press{Action: action, Of: t.talks.bot.userID()},
	})
}

// Rest lets time pass until all conversations have ended, and returns what the bot
// says to that.
func (t *Trial) Rest() []hub.Event {
	t.talks.mu.Lock()
	var open []*conversation
	for _, c := range t.talks.open {
		c.users++
		open = append(open, c)
	}
	t.talks.mu.Unlock()
	for _, c := range open {
		t.talks.end(c, hub.ClosedIdle)
	}
	return t.done()
}

// done returns what the bot did since the last call.
func (t *Trial) done() []hub.Event {
	events := t.book.take()
	for i := range events {
		if events[i].Type == hub.TypeSendMessage {
			if events[i].ID = hub.NewID(); len(events[i].Buttons) > 0 {
				t.asked = &events[i]
			}
		}
	}
	return events
}

// notebook is a committer without a hub.
type notebook struct {
	mu     sync.Mutex
	events []hub.Event
	rows   map[string][]byte
}

var _ committer = (*notebook)(nil)

func (b *notebook) add(t *turn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, t.events...)
	if t.row != nil {
		b.rows[t.row.Key] = t.row.Value
	}
	return nil
}

func (b *notebook) aside(e hub.Event) error { return b.add(&turn{events: []hub.Event{e}}) }

func (b *notebook) recall(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows[key], nil
}

func (b *notebook) take() []hub.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}
