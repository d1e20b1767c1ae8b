package bots

import (
	"context"
	"strconv"

	"hubbub/hub"
)

const maxPerTurn = 64 // answers to one event

// turn is what came of one event of a conversation. All of it is one commit.
type turn struct {
	room   string      // whose event it was
	seq    int64       // of that event; 0 for what answers none
	events []hub.Event // what the bot says and does
	row    *hub.State  // what the conversation keeps from then on; nil for as before
}

// named gives the events of a turn the refs by which they are known as the answers
// to one event, also when the turn is published again.
func named(prefix string, events []hub.Event) []hub.Event {
	for i := range events {
		events[i].Ref = prefix
		if i > 0 {
			events[i].Ref += ":" + strconv.Itoa(i+1)
		}
	}
	return events
}

// isChange reports whether e does something to an earlier message, which may be gone.
func isChange(e hub.Event) bool { return e.Type != hub.TypeSendMessage }

// Memory is what conversations' senders are beside: consumers that keep something
// beyond the conversation's end, and over restarts, find it there.
type Memory interface {
	hub.Sender
	// Recall returns what was kept last in conversations with the same user, in the
	// same room or both, as [Bot] says; nil where nothing was. A consumer that returns
	// the error, which is [hub.Unavailable], is handed the event again later.
	Recall(ctx context.Context) ([]byte, error)
	// Keep has value kept from the turn under way on: it is committed with the
	// turn's answers, or not at all. Nil forgets. The value is not changed after.
	Keep(value []byte) error
}
