package bots

import (
	"context"

	"hubbub/hub"
)

// Application returns the rules as an application: its consumer is given what a
// [Bot]'s is, and answers by the first rule that fits. Where its sender is a
// [Memory], variables are kept there; else they last as long as the consumer.
func (d *Definition) Application() hub.Application {
	return func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return &ruleConsumer{def: d, scope: s, out: out}, nil
	}
}

type ruleConsumer struct {
	def    *Definition
	scope  *hub.Scope
	out    hub.Sender
	vars   map[string]any
	loaded bool
}

// Handle implements [hub.Consumer]. Nothing comes of an event whose rule fails.
func (c *ruleConsumer) Handle(ctx context.Context, e hub.Event) error {
	if err := c.load(ctx); err != nil {
		return err
	}
	a := &act{def: c.def, event: &e, user: e.From, vars: c.vars}
	if a.user.Name == "" {
		a.user.Name = c.scope.User.Name
	}
	if err := c.def.play(a); err != nil {
		return hub.Errorf(hub.Internal, "The bot's file has a mistake that shows only now: %v", err)
	}
	if a.set != nil {
		if err := c.keep(a.set); err != nil {
			return err
		}
	}
	for _, e := range a.events {
		if err := c.out.Send(e); err != nil {
			return err
		}
	}
	if a.end {
		hub.Finish(c.out, nil)
	}
	return nil
}

// load recalls the variables, when the bot has some.
func (c *ruleConsumer) load(ctx context.Context) error {
	memory, ok := c.out.(Memory)
	if c.loaded || !ok || len(c.def.variables) == 0 {
		return nil
	}
	kept, err := memory.Recall(ctx)
	if err != nil {
		return err
	}
	c.vars, c.loaded = c.def.decodeVariables(kept), true
	return nil
}

func (c *ruleConsumer) keep(vars map[string]any) error {
	if memory, ok := c.out.(Memory); ok {
		value, err := encodeVariables(vars)
		if err != nil {
			return err
		}
		if err := memory.Keep(value); err != nil {
			return err
		}
	}
	c.vars = vars
	return nil
}

// Close implements [hub.Consumer].
func (*ruleConsumer) Close(context.Context, error) {}
