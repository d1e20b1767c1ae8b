package mqtt

import (
	"context"
	"sync"

	"hubbub/hub"
)

// Chat makes app, which speaks chat events, understand protocol events: topics
// are rooms, payloads messages. A sender that is no connection of a [Server], such
// as one that middleware made or a test's, is sent mqtt.message events; with them No
// Local is not kept.
func Chat(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		c := &codec{out: out, filters: make(map[string]*filter), places: make(map[spot]*place)}
		c.readers, _ = out.(roomReaders)
		var sender hub.Sender = (*chatSender)(c)
		if c.readers != nil {
			sender = frameSender{(*chatSender)(c)}
		}
		inner, err := app(ctx, s, sender)
		if err != nil {
			return nil, err
		}
		c.inner = inner
		return c, nil
	}
}

// codec is the consumer that translates protocol events.
type codec struct {
	inner   hub.Consumer
	out     hub.Sender
	readers roomReaders // nil where out takes no frames

	mu      sync.Mutex
	filters map[string]*filter // of all subscriptions
	places  map[spot]*place    // what those with a room's name have joined
}

// roomReaders is the power of a connection to read frames of rooms.
type roomReaders interface {
	openReader(at spot, after int64, shared bool) (hub.Format, hub.Reader)
	seen(at spot) (seq int64, ok bool)
	outgrown() []spot
}

var _ roomReaders = (*session)(nil)

// CheckTopic implements [TopicChecker].
func (c *codec) CheckTopic(topic string) error {
	_, _, err := publishTopic(topic)
	return err
}

// publishTopic returns what a topic that can be published to names.
func publishTopic(topic string) (room string, text bool, err error) {
	room, v, err := roomTopic(topic)
	if err == nil && !v.logged() {
		err = hub.Errorf(hub.NotFound, "%.128q is told by the hub. Publish to rooms/{room} or rooms/{room}/text.", topic)
	}
	return room, v.isText(), err
}

// Handle implements [hub.Consumer].
func (c *codec) Handle(ctx context.Context, e hub.Event) error {
	switch d := e.Detail.(type) {
	case *Publish:
		return c.publish(ctx, e.Tag, d)
	case *Subscribe:
		return c.subscribe(ctx, e.Tag, d)
	case *Unsubscribe:
		return c.unsubscribe(ctx, d.Filter)
	default:
		return hub.Errorf(hub.Invalid, "Events of type %.64q are not understood here.", e.Type)
	}
}

// Close implements [hub.Consumer].
func (c *codec) Close(ctx context.Context, cause error) { c.inner.Close(ctx, cause) }

func (c *codec) publish(ctx context.Context, tag uint64, p *Publish) error {
	room, text, err := publishTopic(p.Topic)
	if err != nil {
		return err
	}
	parse := parsePayload
	if text {
		parse = parseText
	}
	e, err := parse(p.Payload)
	if err != nil {
		return err
	}
	e.Room, e.Tag = room, tag
	return c.inner.Handle(ctx, e)
}
