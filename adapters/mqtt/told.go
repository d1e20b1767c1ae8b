package mqtt

import (
	"strconv"

	"hubbub/hub"
)

// chatSender is the codec from the other side: what the chat application sends.
type chatSender codec

var _ hub.Finisher = (*chatSender)(nil)

// Send implements [hub.Sender].
func (c *chatSender) Send(e hub.Event) error {
	switch e.Type {
	case hub.TypeSentMessage:
		return c.out.Send(hub.Event{Type: TypePuback, Tag: e.Tag})
	case hub.TypeError:
		return c.out.Send(e)
	case hub.TypeRoomJoined:
		return c.joined(&e)
	case hub.TypeRoomRemoved:
		if e.Tag != 0 { // a subscription of this client's, and no packet says that one has ended
			hub.Finish(c.out, hub.Errorf(hub.NotFound, "The room %s was removed.", e.Room))
		}
		return nil
	default: // what has no topic is not told: a client sees that it left by its UNSUBACK
		return c.deliver(&e)
	}
}

// Finish implements [hub.Finisher].
func (c *chatSender) Finish(cause error) { hub.Finish(c.out, cause) }

// frameSender is a chatSender on a connection that takes frames of rooms.
type frameSender struct{ *chatSender }

var _ hub.RoomSender = frameSender{}

// OpenReader implements [hub.RoomSender].
func (c frameSender) OpenReader(join *hub.Event) (hub.Format, hub.Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.spotOf(join)
	d, follows := join.Detail.(*hub.Follow)
	switch {
	case !follows:
		return c.readers.openReader(at, 0, true)
	case join.Room == "":
		return formatOf(at), nil
	}
	if p := c.places[at]; p != nil { // a subscription that names the room reads it
		if p.due == 0 {
			p.due = d.Next
		}
		return formatOf(at), nil
	}
	return c.readers.openReader(at, d.Next-1, false) // a following has one format for all rooms
}

func formatOf(at spot) hub.Format {
	if at.text {
		return asText{}
	}
	return asEvents{}
}

// spotOf returns what a join, or what answers or follows it, is about. It is
// called with the lock.
func (c *chatSender) spotOf(e *hub.Event) spot {
	has := func(room string) bool {
		p := c.places[spot{room, true}]
		return p != nil && p.tag == e.Tag
	}
	return spot{e.Room, has(e.Room) || has(anyRoom)}
}

// joined grants the subscription that asked for a join.
func (c *chatSender) joined(e *hub.Event) error {
	d, ok := e.Detail.(*hub.Joined)
	if !ok {
		return nil
	}
	c.mu.Lock()
	p := c.places[c.spotOf(e)]
	if p == nil {
		c.mu.Unlock()
		return nil
	}
	p.joined, p.head, p.epoch = true, d.Head, d.Epoch
	f := p.asks
	if f != nil && f.view == viewPresence {
		p.present = d.Present
	}
	c.mu.Unlock()
	if f == nil { // nobody has asked: it is read on in another form
		return nil
	}
	ack := &Ack{Reason: f.qos, User: []Property{
		{Key: PropertyHead, Value: strconv.FormatInt(d.Head, 10)}, {Key: PropertyEpoch, Value: d.Epoch},
	}}
	if f.since {
		ack.User = append(ack.User, Property{Key: PropertyRecovered, Value: strconv.FormatBool(d.Recovered)})
	}
	return c.out.Send(hub.Event{Type: TypeSuback, Tag: f.tag, Detail: ack})
}

// deliver hands an event of a room, from an application that reads no frames, to
// the place that its Tag names, or to all that the room has here.
func (c *chatSender) deliver(e *hub.Event) error {
	if v, ok := eventView(e); ok {
		if err := c.show(e, v, hub.AppendJSON(nil, e)); err != nil {
			return err
		}
	}
	if hasLine(e) {
		return c.show(e, viewText, appendLine(nil, e))
	}
	return nil
}

// show sends the event to the view's topic of its room: once, at the highest QoS
// of the filters that match.
func (c *chatSender) show(e *hub.Event, v view, payload []byte) error {
	c.mu.Lock()
	var best *filter
	p := c.places[spot{e.Room, v.isText()}]
	if p == nil {
		p = c.places[spot{anyRoom, v.isText()}]
	}
	if p != nil && p.joined && (e.Tag == 0 || e.Tag == p.tag) {
		for _, name := range filtersOf(e.Room, v) {
			if f := c.filters[name]; f != nil && (best == nil || f.qos > best.qos) {
				best = f
			}
		}
	}
	c.mu.Unlock()
	if best == nil {
		return nil
	}
	m := messageOf(v.topic(e.Room), e, payload)
	m.QoS = best.qos
	return c.out.Send(hub.Event{Type: TypeMessage, Tag: best.tag, Detail: m})
}

// messageOf returns the message that tells of an event, at QoS 0.
func messageOf(topic string, e *hub.Event, payload []byte) *Message {
	m := &Message{Topic: topic, Payload: payload, User: []Property{{Key: "type", Value: e.Type}}}
	if e.Seq != 0 {
		m.User = append(m.User, Property{Key: "seq", Value: strconv.FormatInt(e.Seq, 10)})
	}
	if e.From.ID != "" {
		m.User = append(m.User, Property{Key: "from", Value: e.From.ID})
	}
	return m
}
