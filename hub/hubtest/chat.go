package hubtest

import (
	"time"

	"hubbub/hub"
)

// Chat is a person's conversation with a bot, in the room lobby.
type Chat struct {
	*Conn
	seq int64
}

// OpenChat opens a conversation with the bot of that id, on an application that
// is handed chat.received_message and answers with chat.send_message. See [Open],
// and [NewScope] for changes.
func OpenChat(t TB, app hub.Application, bot string, changes ...func(*hub.Scope)) *Chat {
	t.Helper()
	s := NewScope(hub.ScopeChat, "/bots/"+bot, changes...)
	if s.Params == nil {
		s.Params = hub.Params{{Name: "bot", Value: bot}}
	}
	return &Chat{Conn: open(t, app, s, kind{takes: func(e *hub.Event) error {
		if e.Type != hub.TypeSendMessage {
			return hub.Errorf(hub.Invalid, "A bot sends %s.", hub.TypeSendMessage)
		}
		if e.Room == "" {
			e.Room = "lobby"
		}
		return nil
	}})}
}

// Say says something to the bot.
func (c *Chat) Say(text string) {
	c.t.Helper()
	c.seq++
	from := c.scope.Participant()
	from.Via = hub.ScopeWebSocket
	c.Send(hub.Event{
		Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Seq: c.seq, At: time.Now().UTC(), From: from, Text: text,
	})
}

// Reply returns the text of the bot's next answer.
func (c *Chat) Reply() string {
	c.t.Helper()
	return c.Await(hub.TypeSendMessage).Text
}
