package bots

import (
	"fmt"
	"time"

	"hubbub/hub"
)

// Bot is any application that takes part in rooms. Its consumers are handed
// the chat.received_message of people, one consumer for each user over all the
// bot's rooms, and answer with chat.send_message. Bots do not hear bots.
type Bot struct {
	ID    string        // a word as rooms have; in rooms the bot is "bot:" + ID
	Name  string        // what others see
	Rooms []string      // where it listens
	Idle  time.Duration // a conversation ends after this silence; default [DefaultIdle]
	App   hub.Application

	Commands []hub.Command // what it answers to, for those who ask the hub
}

func (b *Bot) check() error {
	if err := hub.CheckRoomName(b.ID); err != nil {
		return fmt.Errorf("bots: the id %.80q: it must be a word as rooms have: %w", b.ID, err)
	}
	if _, err := hub.CleanUserName(b.Name); err != nil {
		return fmt.Errorf("bots: the name of %s: %w", b.ID, err)
	}
	if b.App == nil {
		return fmt.Errorf("bots: %s has no application", b.ID)
	}
	return nil
}

// scope returns the scope that the bot joins its rooms as.
func (b *Bot) scope() *hub.Scope {
	return &hub.Scope{
		ID: hub.NewID(), Type: hub.ScopeChat, Path: b.path(), Via: "bot", Opened: time.Now(),
		User: hub.User{ID: "bot:" + b.ID, Name: b.Name, Kind: hub.Bot},
	}
}

func (b *Bot) path() string { return "/bots/" + b.ID }
