package mqtt

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"hubbub/hub"
)

// User properties of a SUBSCRIBE and its SUBACK (MQTT 5). With since a client
// names the last seq that it saw, and is sent what came after it; with epoch the
// history that this seq counts in. The SUBACK says, for each room in the order of
// the filters, the epoch, the seq after which delivery starts, as head, and where
// since was given whether it was recovered; else the client missed something.
const (
	PropertySince     = "since"
	PropertyEpoch     = "epoch"
	PropertyHead      = "head"
	PropertyRecovered = "recovered"
)

// Chat makes app, which speaks chat events, understand protocol events: topics
// are rooms, payloads messages. A sender that is no [hub.RoomSender], such as one
// that middleware made or a test's, is sent mqtt.message events; with them No
// Local is not kept.
func Chat(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		c := &codec{out: out, rooms: make(map[uint64]*place)}
		var sender hub.Sender = (*chatSender)(c)
		if power, ok := out.(hub.RoomSender); ok {
			sender = frameSender{(*chatSender)(c), power}
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
	inner hub.Consumer
	out   hub.Sender

	mu    sync.Mutex
	rooms map[uint64]*place // by the tag of the subscription
}

// place is a subscription to a room.
type place struct {
	topic string
	room  string
	text  bool
	qos   byte

	joined bool
	head   int64 // where delivery began
	epoch  string
	since  bool // it was asked for
}

func (p *place) format() view {
	if p.text {
		return asText{}
	}
	return asJSON{}
}

// CheckTopic implements [TopicChecker].
func (c *codec) CheckTopic(topic string) error {
	_, _, err := parseTopic(topic)
	return err
}

// parseTopic returns what rooms/{room} and rooms/{room}/text name.
func parseTopic(topic string) (room string, text bool, err error) {
	room, view, more := strings.Cut(strings.TrimPrefix(topic, root), "/")
	if hub.CheckRoomName(room) != nil || more && view != "text" {
		return "", false, hub.Errorf(hub.NotFound,
			"The topics here are rooms/{room} and rooms/{room}/text. A room's name is 1 to %d of a-z 0-9 . _ - and starts with a letter or digit.",
			hub.MaxRoomName)
	}
	return room, more, nil
}

// Handle implements [hub.Consumer].
func (c *codec) Handle(ctx context.Context, e hub.Event) error {
	switch d := e.Detail.(type) {
	case *Publish:
		return c.publish(ctx, e.Tag, d)
	case *Subscribe:
		return c.subscribe(ctx, e.Tag, d)
	case *Unsubscribe:
		return c.unsubscribe(ctx, e.Tag)
	default:
		return hub.Errorf(hub.Invalid, "Events of type %.64q are not understood here.", e.Type)
	}
}

// Close implements [hub.Consumer].
func (c *codec) Close(ctx context.Context, cause error) { c.inner.Close(ctx, cause) }

func (c *codec) publish(ctx context.Context, tag uint64, p *Publish) error {
	room, text, err := parseTopic(p.Topic)
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

func (c *codec) subscribe(ctx context.Context, tag uint64, s *Subscribe) error {
	p := &place{topic: s.Filter, qos: s.QoS}
	var err error
	if p.room, p.text, err = parseTopic(s.Filter); err != nil {
		return err
	}
	join := &hub.Join{Follow: true}
	if join.Since, join.Epoch, err = sinceOf(s.User); err != nil {
		return errors.Join(err, c.unsubscribe(ctx, tag)) // a refused subscription is none, also where it was one
	}
	p.since = join.Since != nil
	c.mu.Lock()
	renewed := c.rooms[tag] != nil
	if old := c.rooms[tag]; old != nil && join.Since == nil {
		seen := max(s.Seen, old.head) // a renewed one goes on where it was
		join.Since, join.Epoch = &seen, old.epoch
	}
	c.rooms[tag] = p
	c.mu.Unlock()
	err = c.inner.Handle(ctx, hub.Event{Type: hub.TypeRoomJoin, Room: p.room, Tag: tag, Detail: join})
	switch {
	case err == nil:
		return nil
	case renewed: // a refused subscription is none, also where it was one
		return errors.Join(err, c.unsubscribe(ctx, tag))
	default:
		c.forget(tag)
		return err
	}
}

func (c *codec) unsubscribe(ctx context.Context, tag uint64) error {
	if p := c.forget(tag); p != nil {
		return c.inner.Handle(ctx, hub.Event{Type: hub.TypeRoomLeave, Room: p.room, Tag: tag})
	}
	return nil
}

func (c *codec) forget(tag uint64) *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.rooms[tag]
	delete(c.rooms, tag)
	return p
}

// sinceOf reads the user properties of a SUBSCRIBE.
func sinceOf(user []Property) (since *int64, epoch string, err error) {
	for _, p := range user {
		switch p.Key {
		case PropertySince:
			n, err := strconv.ParseInt(p.Value, 10, 64)
			if err != nil || n < 0 {
				return nil, "", hub.Errorf(hub.Invalid, "The user property since is a seq, from 0 on.")
			}
			since = &n
		case PropertyEpoch:
			epoch = p.Value
		}
	}
	return since, epoch, nil
}

// chatSender is the codec from the other side: what the chat application sends.
type chatSender codec

var _ hub.Finisher = (*chatSender)(nil)

// Send implements [hub.Sender].
func (c *chatSender) Send(e hub.Event) error {
	switch {
	case e.Type == hub.TypeSentMessage:
		return c.out.Send(hub.Event{Type: TypePuback, Tag: e.Tag})
	case e.Type == hub.TypeError:
		return c.out.Send(e)
	case e.Type == hub.TypeRoomJoined:
		return c.joined(&e)
	case e.Type == hub.TypeRoomRemoved && e.Tag != 0: // no packet says that a subscription has ended
		hub.Finish(c.out, hub.Errorf(hub.NotFound, "The room %s was removed.", e.Room))
		return nil
	case e.Seq != 0, e.Type == hub.TypeReceivedMessage:
		return c.deliver(&e)
	default:
		return nil // has no place in topics: a client sees that it left by its UNSUBACK
	}
}

// Finish implements [hub.Finisher].
func (c *chatSender) Finish(cause error) { hub.Finish(c.out, cause) }

// frameSender is a chatSender on a connection that takes frames of rooms.
type frameSender struct {
	*chatSender
	power hub.RoomSender
}

var _ hub.RoomSender = frameSender{}

// OpenReader implements [hub.RoomSender].
func (c frameSender) OpenReader(join *hub.Event) (hub.Format, hub.Reader) {
	format, reader := c.power.OpenReader(join)
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.rooms[join.Tag]; p != nil {
		format = p.format()
	}
	return format, reader
}

// joined grants a subscription.
func (c *chatSender) joined(e *hub.Event) error {
	d, ok := e.Detail.(*hub.Joined)
	if !ok {
		return nil
	}
	c.mu.Lock()
	p := c.rooms[e.Tag]
	if p == nil {
		c.mu.Unlock()
		return nil
	}
	p.joined, p.head, p.epoch = true, d.Head, d.Epoch
	ack := &Ack{Reason: p.qos, User: []Property{
		{Key: PropertyHead, Value: strconv.FormatInt(d.Head, 10)}, {Key: PropertyEpoch, Value: d.Epoch},
	}}
	if p.since {
		ack.User = append(ack.User, Property{Key: PropertyRecovered, Value: strconv.FormatBool(d.Recovered)})
	}
	c.mu.Unlock()
	return c.out.Send(hub.Event{Type: TypeSuback, Tag: e.Tag, Detail: ack})
}

// deliver hands an event of a room, from an application that reads no frames, to
// the subscription that its Tag names, or to all that the room has here.
func (c *chatSender) deliver(e *hub.Event) error {
	entry := hub.NewEntry(*e)
	c.mu.Lock()
	places := make(map[uint64]*place, 1)
	for tag, p := range c.rooms {
		if p.joined && p.room == e.Room && (e.Tag == 0 || e.Tag == tag) {
			places[tag] = p
		}
	}
	c.mu.Unlock()
	for tag, p := range places {
		payload := p.format().payload(nil, entry)
		if len(payload) == 0 {
			continue
		}
		err := c.out.Send(hub.Event{Type: TypeMessage, Tag: tag, Detail: &Message{
			Topic: p.topic, Payload: payload, QoS: p.qos, User: []Property{
				{Key: "type", Value: e.Type}, {Key: "seq", Value: strconv.FormatInt(e.Seq, 10)}, {Key: "from", Value: e.From.ID},
			},
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
