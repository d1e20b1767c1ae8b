package mqtt

import (
	"context"
	"errors"
	"strconv"

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

// filter is a subscription to topics of rooms.
type filter struct {
	tag   uint64
	at    spot
	view  view
	qos   byte // granted
	since bool // it was asked for
}

// place is a room that the client has joined, for all its subscriptions to topics
// of one format there.
type place struct {
	tag     uint64  // of the join: that of its first subscription
	asks    *filter // whose SUBSCRIBE is being handled
	joined  bool
	head    int64 // where delivery began
	epoch   string
	present hub.Present // when it was last joined
}

func (c *codec) subscribe(ctx context.Context, tag uint64, s *Subscribe) error {
	room, v, err := roomTopic(s.Filter)
	if err != nil {
		return err
	}
	f := &filter{tag: tag, at: spot{room, v.isText()}, view: v, qos: s.QoS}
	if !v.logged() {
		f.qos = 0
	}
	join := &hub.Join{Follow: true}
	if join.Since, join.Epoch, err = sinceOf(s.User); err != nil {
		return errors.Join(err, c.unsubscribe(ctx, s.Filter)) // a refused subscription is none, also where it was one
	}
	f.since = join.Since != nil
	p := c.put(s.Filter, f, join)
	e := hub.Event{Type: hub.TypeRoomJoin, Room: room, Tag: p.tag, Detail: join}
	if err := c.inner.Handle(ctx, e); err != nil {
		return errors.Join(err, c.unsubscribe(ctx, s.Filter))
	}
	return c.welcome(f, p)
}

// put notes a subscription, and has the join go on where its room is read already.
func (c *codec) put(name string, f *filter, join *hub.Join) *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filters[name] = f
	p := c.places[f.at]
	if p == nil {
		p = &place{tag: f.tag}
		c.places[f.at] = p
	}
	p.asks = f
	if join.Since == nil {
		if seen, ok := c.seen(f.at, p); ok {
			join.Since, join.Epoch = &seen, p.epoch
		}
	}
	return p
}

// seen returns how far a room has been read, and false where it has not. It is
// called with the lock.
func (c *codec) seen(at spot, p *place) (seq int64, ok bool) {
	if c.readers != nil {
		seq, ok = c.readers.seen(at)
	}
	if p != nil && p.joined {
		return max(seq, p.head), true
	}
	return seq, ok
}

// welcome tells a new subscriber of a room's presence who is there.
func (c *codec) welcome(f *filter, p *place) error {
	if f.view != viewPresence {
		return nil
	}
	c.mu.Lock()
	e := hub.Event{Type: hub.TypePresenceChanged, Room: f.at.room, Detail: &hub.PresenceChanged{
		Count: p.present.Count, Joined: p.present.Users,
	}}
	c.mu.Unlock()
	return c.out.Send(hub.Event{Type: TypeMessage, Tag: f.tag, Detail: messageOf(f.view.topic(f.at.room), &e, hub.AppendJSON(nil, &e))})
}

func (c *codec) unsubscribe(ctx context.Context, name string) error {
	c.mu.Lock()
	f := c.filters[name]
	if f == nil {
		c.mu.Unlock()
		return nil
	}
	delete(c.filters, name)
	p := c.places[f.at]
	if c.named(f.at) {
		c.mu.Unlock()
		return nil
	}
	delete(c.places, f.at)
	joined := p.joined
	c.mu.Unlock()
	if !joined {
		return nil
	}
	return c.inner.Handle(ctx, hub.Event{Type: hub.TypeRoomLeave, Room: f.at.room, Tag: p.tag})
}

// named reports whether a subscription names the room. It is called with the lock.
func (c *codec) named(at spot) bool {
	for v := range views {
		if v.isText() == at.text && c.filters[v.topic(at.room)] != nil {
			return true
		}
	}
	return false
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
