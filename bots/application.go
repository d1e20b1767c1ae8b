package bots

import (
	"context"

	"hubbub/hub"
)

// Application returns the rules as an application: its consumer is given
// chat.received_message and answers with chat.send_message, by the first rule
// that fits.
func (d *Definition) Application() hub.Application {
	return func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return &ruleConsumer{rules: d.rules, scope: s, out: out}, nil
	}
}

type ruleConsumer struct {
	rules []rule
	scope *hub.Scope
	out   hub.Sender
}

// Handle implements [hub.Consumer].
func (c *ruleConsumer) Handle(_ context.Context, e hub.Event) error {
	if e.Type != hub.TypeReceivedMessage || e.Text == "" {
		return nil
	}
	f := &facts{event: &e, user: c.scope.User}
	if e.From.Name != "" { // newer than the scope's
		f.user.Name = e.From.Name
	}
	for i := range c.rules {
		text, ok := c.rules[i].answer(f)
		switch {
		case !ok:
			continue
		case text == "": // placeholders alone, and nothing in them
			return nil
		}
		return c.out.Send(hub.Event{Type: hub.TypeSendMessage, Room: e.Room, Text: text})
	}
	return nil
}

// Close implements [hub.Consumer].
func (*ruleConsumer) Close(context.Context, error) {}
