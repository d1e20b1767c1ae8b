package hub

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Command is a word that a bot in a room answers to.
type Command struct {
	Command string      `json:"command"`         // as it is typed: "/dice"
	Usage   string      `json:"usage"`           // with what may follow: "/dice [sides]"
	About   string      `json:"about,omitempty"` // one line on what it does
	Bot     Participant `json:"bot"`             // who answers
}

// Commands is the detail of the room.commands that answers: by command, and by
// the bots' ids where several answer to the same one. A bot that has several uses for
// a command has them in its own order.
type Commands struct {
	Commands []Command `json:"commands"`
}

// Offer says which commands the bot of scope s answers to in these rooms, instead of
// what it said before; without commands it takes all back. It is a word of this
// hub's: nothing is stored, and with it ends what was offered.
func (h *Hub) Offer(s *Scope, rooms []string, commands []Command) {
	bot := s.Participant()
	own := make([]Command, len(commands))
	for i, c := range commands {
		c.Bot = bot
		own[i] = c
	}
	h.offers.set(bot.ID, offer{slices.Clone(rooms), own})
}

// Commands returns what the bots of a room answer to, for a scope that may read it.
func (h *Hub) Commands(ctx context.Context, s *Scope, room string) (*Commands, error) {
	if _, err := h.enter(ctx, s, room, false); err != nil {
		return nil, err
	}
	return &Commands{Commands: h.offers.in(room)}, nil
}

// offers are the commands of bots. They are few and change seldom, so that looking
// through all of them is as good as an index.
type offers struct {
	mu    sync.RWMutex
	byBot map[string]offer
}

type offer struct {
	rooms    []string
	commands []Command
}

func (o *offers) set(bot string, of offer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(of.commands) == 0 {
		delete(o.byBot, bot)
		return
	}
	if o.byBot == nil {
		o.byBot = make(map[string]offer)
	}
	o.byBot[bot] = of
}

func (o *offers) in(room string) []Command {
	o.mu.RLock()
	defer o.mu.RUnlock()
	list := []Command{} // an empty list is one in JSON too
	for _, of := range o.byBot {
		if slices.Contains(of.rooms, room) {
			list = append(list, of.commands...)
		}
	}
	slices.SortStableFunc(list, func(a, b Command) int {
		return cmp.Or(cmp.Compare(a.Command, b.Command), cmp.Compare(a.Bot.ID, b.Bot.ID))
	})
	return list
}
