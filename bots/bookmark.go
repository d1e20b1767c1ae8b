package bots

import (
	"context"
	"encoding/json"

	"hubbub/hub"
)

// bookmark is how far a bot has got in a room: every event up to Seq is done
// with, and its answers are committed.
type bookmark struct {
	Seq   int64  `json:"seq"`
	Epoch string `json:"epoch"` // history of the log that Seq counts in
	// Anew says that the room was removed: all of the next one's log is new to the bot.
	Anew bool `json:"anew,omitempty"`
}

// bookmarkKey names the bookmark's row.
func bookmarkKey(bot, room string) string { return "bots/" + bot + "/" + room }

func (b bookmark) row(key string) hub.State {
	value, err := json.Marshal(b)
	if err != nil {
		panic("bots: a number and a text have no JSON: " + err.Error())
	}
	return hub.State{Key: key, Value: value}
}

// readBookmark returns nil where the bot is new to the room. What is no
// bookmark is one of no known history.
func readBookmark(ctx context.Context, states hub.States, key string) (*bookmark, error) {
	value, err := states.State(ctx, key)
	if err != nil || value == nil {
		return nil, err
	}
	b := new(bookmark)
	if json.Unmarshal(value, b) != nil || b.Seq < 0 {
		*b = bookmark{}
	}
	return b, nil
}
