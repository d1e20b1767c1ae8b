package hub_test

import (
	"fmt"
	"slices"

	"hubbub/hub"
)

// model is a room as simple as one can be: the events that were accepted, as they
// were said, and where the log begins.
type model struct {
	log   []hub.Event // the one of seq 1 first
	first int64
}

// message is a message as a reader sees it.
type message struct {
	text      string
	edited    int64
	deleted   bool
	reactions []hub.Reactions
	buttons   []hub.Button
	rev       int64
}

// messages returns the messages by id, as they stand, and the texts that may be read.
func (m *model) messages() (all map[string]*message, texts map[string]bool, err error) {
	all, texts = make(map[string]*message), make(map[string]bool)
	author := make(map[string]string)
	for _, e := range m.log {
		target := all[e.Target]
		switch {
		case e.Type == hub.TypeReceivedMessage:
			all[e.ID] = &message{text: e.Text, buttons: e.Buttons}
			author[e.ID] = e.From.ID
			continue
		case target == nil || target.deleted,
			(e.Type == hub.TypeEditedMessage || e.Type == hub.TypeDeletedMessage) && author[e.Target] != e.From.ID:
			return nil, nil, fmt.Errorf("seq %d should have been refused: %+v", e.Seq, e)
		}
		target.change(&e)
	}
	for _, e := range m.log {
		if msg := all[e.Target]; e.Seq >= m.first && e.Type == hub.TypeEditedMessage && msg.edited == e.Seq {
			texts[e.Text] = true
		}
		if msg := all[e.ID]; e.Seq >= m.first && msg != nil {
			texts[msg.text] = true
		}
	}
	return all, texts, nil
}

// change does to the message what e says. Clients do so too.
func (m *message) change(e *hub.Event) {
	switch e.Type {
	case hub.TypePressedButton:
		return
	case hub.TypeEditedMessage:
		m.text, m.edited = e.Text, e.Seq
	case hub.TypeDeletedMessage:
		*m = message{deleted: true}
	case hub.TypeReacted:
		m.react(e.From.ID, e.Detail.(*hub.Reaction))
	}
	m.rev = e.Seq
}

func (m *message) react(user string, r *hub.Reaction) {
	at := slices.IndexFunc(m.reactions, func(of hub.Reactions) bool { return of.Emoji == r.Emoji })
	switch {
	case at < 0 && r.Remove:
		return
	case at < 0:
		m.reactions = append(m.reactions, hub.Reactions{Emoji: r.Emoji, Users: []string{user}})
		return
	}
	of := &m.reactions[at]
	switch i := slices.Index(of.Users, user); {
	case i < 0 && !r.Remove:
		of.Users = append(of.Users, user)
	case i >= 0 && r.Remove:
		of.Users = slices.Delete(of.Users, i, i+1)
	}
	if len(of.Users) == 0 {
		m.reactions = slices.Delete(m.reactions, at, at+1)
	}
}

func (m *message) String() string {
	return fmt.Sprintf("%q edited %d deleted %v rev %d reactions %v buttons %v", m.text, m.edited, m.deleted, m.rev, m.reactions, m.buttons)
}
