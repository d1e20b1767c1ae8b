package bots

import (
	"time"

	"hubbub/hub"
)

// DefaultIdle is how long a silence ends a conversation where the bot does not
// say otherwise.
const DefaultIdle = 10 * time.Minute

// Definition is a bot as its file describes it. It is immutable.
type Definition struct {
	ID           string        // the file's base name; in rooms the bot is "bot:" + ID
	Name         string        // what others see
	Rooms        []string      // where it listens
	Idle         time.Duration // a conversation ends after this silence
	Conversation Conversation  // what is one
	HearBots     bool          // it hears other bots too
	File         string        // where it was read

	sum       [32]byte // of the file
	variables []variable
	rules     []rule
	commands  []hub.Command
	ownHelp   bool // a rule answers /help
	data      bool // an expression speaks of data
}

// Bot returns what runs the definition.
func (d *Definition) Bot() Bot {
	return Bot{
		ID: d.ID, Name: d.Name, Rooms: d.Rooms, Idle: d.Idle, App: d.Application(),
		Conversation: d.Conversation, HearBots: d.HearBots, Commands: d.commands,
	}
}
