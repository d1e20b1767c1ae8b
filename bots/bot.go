package bots

import (
	"fmt"
	"time"

	"hubbub/hub"
)

// Bot is any application that takes part in rooms. Its consumers are handed
// scope.opened, then the chat.received_message of people and devices and the
// chat.pressed_button of the bot's own messages, and at last scope.closed. They
// answer with chat.send_message, and with chat.react and chat.edit_message.
type Bot struct {
	ID    string        // a word as rooms have; in rooms the bot is "bot:" + ID
	Name  string        // what others see
	Rooms []string      // where it listens
	Idle  time.Duration // a conversation ends after this silence; default [DefaultIdle]
	App   hub.Application

	// Conversation says what is one conversation. Default: all that a user says.
	Conversation Conversation
	// HearBots has it hear other bots too, at most maxBotTurns of their messages
	// until somebody else speaks, so that two of them do not talk for ever.
	HearBots bool
	// Commands is what it answers to, for those who ask the hub.
	Commands []hub.Command
}

// Conversation says what is one conversation with a bot.
type Conversation string

// The kinds of conversations.
const (
	PerUser       Conversation = "user"         // all that a user says, in whatever room; the default
	PerRoom       Conversation = "room"         // all that is said in a room
	PerUserInRoom Conversation = "user in room" // what a user says in one room
)

// key names the conversation that e belongs to, among those of one bot. It has
// a slash, which no room's name has.
func (c Conversation) key(e *hub.Event) string {
	switch c {
	case PerRoom:
		return "room/" + e.Room
	case PerUserInRoom:
		return "member/" + e.Room + "/" + e.From.ID
	default:
		return "user/" + e.From.ID
	}
}

// owner returns the user of the conversation that begins with e.
func (c Conversation) owner(e *hub.Event) hub.User {
	if c == PerRoom {
		return hub.User{}
	}
	return hub.User{ID: e.From.ID, Name: e.From.Name, Kind: e.From.Kind}
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
		User: hub.User{ID: b.userID(), Name: b.Name, Kind: hub.Bot},
	}
}

func (b *Bot) path() string   { return "/bots/" + b.ID }
func (b *Bot) userID() string { return "bot:" + b.ID }
