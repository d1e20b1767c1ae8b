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

// place is a room that the client has joined, or that it follows all of them, for
// all its subscriptions to topics of one format there.
type place struct {
	tag     uint64  // of the join: that of its first subscription
	asks    *filter // whose SUBSCRIBE is being handled; nil where it is none's
	joined  bool
	head    int64 // where delivery began
	epoch   string
	present hub.Present // when it was joined, until a subscriber of that is welcomed
	due     int64       // seq that the client would have got as one who follows all rooms; 0 for none
}

func (c *codec) subscribe(ctx context.Context, tag uint64, s *Subscribe) error {
	room, v, err := parseFilter(s.Filter)
	if err != nil {
		return err
	}
	f := &filter{tag: tag, at: spot{room, v.isText()}, view: v, qos: s.QoS}
	if !v.logged() {
		f.qos = 0
	}
	join := &hub.Join{Follow: true}
	join.Since, join.Epoch, err = sinceOf(s.User)
	if f.since = join.Since != nil; f.since && room == anyRoom {
		err = hub.Errorf(hub.Invalid, "A seq counts in one room: give since with a filter that names it.")
	}
	if err == nil {
		err = c.enter(ctx, s.Filter, f, join)
	}
	if err != nil {
		return errors.Join(err, c.unsubscribe(ctx, s.Filter)) // a refused subscription is none, also where it was one
	}
	return nil
}

// enter has the client listen to what a filter is about.
func (c *codec) enter(ctx context.Context, name string, f *filter, join *hub.Join) error {
	p := c.put(name, f)
	if f.at.room == anyRoom {
		return c.follow(ctx, f, p)
	}
	if join.Since == nil {
		c.resume(f.at, p, join)
	}
	e := hub.Event{Type: hub.TypeRoomJoin, Room: f.at.room, Tag: p.tag, Detail: join}
	if err := c.inner.Handle(ctx, e); err != nil {
		return err
	}
	if due := c.overdue(p); due > 0 && join.Since == nil {
		due--
		e.Detail = &hub.Join{Follow: true, Since: &due}
		if err := c.inner.Handle(ctx, e); err != nil {
			return err
		}
	}
	return c.welcome(f, p)
}

// put notes a subscription. From then on those who follow all rooms read that of its
// place no more.
func (c *codec) put(name string, f *filter) *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filters[name] = f
	p := c.places[f.at]
	if p == nil {
		p = &place{tag: f.tag}
		c.places[f.at] = p
	}
	p.asks, p.due = f, 0
	return p
}

// follow has the client listen to all rooms.
func (c *codec) follow(ctx context.Context, f *filter, p *place) error {
	if !p.joined {
		if err := c.inner.Handle(ctx, hub.Event{Type: hub.TypeRoomFollow, Tag: p.tag, Detail: &hub.Follow{}}); err != nil {
			return err
		}
		c.mu.Lock()
		p.joined = true
		c.mu.Unlock()
	}
	if c.readers != nil {
		for _, at := range c.readers.outgrown() {
			if err := c.reopen(ctx, at); err != nil {
				return err
			}
		}
	}
	return c.out.Send(hub.Event{Type: TypeSuback, Tag: f.tag, Detail: &Ack{Reason: f.qos}})
}

// reopen has the client read a room on in the form that its filters ask for now.
func (c *codec) reopen(ctx context.Context, at spot) error {
	c.mu.Lock()
	p := c.places[at]
	p.asks = nil
	c.mu.Unlock()
	join := &hub.Join{Follow: true}
	c.resume(at, p, join)
	return c.inner.Handle(ctx, hub.Event{Type: hub.TypeRoomJoin, Room: at.room, Tag: p.tag, Detail: join})
}

// resume has the join go on where the room is read already.
func (c *codec) resume(at spot, p *place, join *hub.Join) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if seen, ok := c.seen(at, p); ok {
		join.Since, join.Epoch = &seen, p.epoch
	}
}

// seen returns how far a room has been read, and false where it has not. It is
// called with the lock.
func (c *codec) seen(at spot, p *place) (seq int64, ok bool) {
	if c.readers != nil {
		seq, ok = c.readers.seen(at)
	}
	if p.joined {
		return max(seq, p.head), true
	}
	return seq, ok
}

// overdue returns the seq of an event that came before the head of a join and after
// those who follow all rooms had left the room to it; 0 where there is none.
func (c *codec) overdue(p *place) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.due > p.head {
		return 0
	}
	return p.due
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
	p.present = hub.Present{}
	c.mu.Unlock()
	return c.out.Send(hub.Event{Type: TypeMessage, Tag: f.tag, Detail: messageOf(f.view.topic(f.at.room), &e, hub.AppendJSON(nil, &e))})
}

func (c *codec) unsubscribe(ctx context.Context, name string) error {
	c.mu.Lock()
	f := c.filters[name]
	delete(c.filters, name)
	if f == nil || c.listens(f.at) {
		c.mu.Unlock()
		return nil
	}
	p := c.places[f.at]
	joined := p.joined
	c.mu.Unlock()
	var err error
	if joined {
		leave := hub.Event{Type: hub.TypeRoomLeave, Room: f.at.room, Tag: p.tag}
		if f.at.room == anyRoom {
			leave.Room = ""
		}
		err = c.inner.Handle(ctx, leave)
	}
	return errors.Join(err, c.handBack(ctx, f.at, p))
}

// handBack removes a place that was left. Where the client follows all rooms, that one
// is read on as one of them.
func (c *codec) handBack(ctx context.Context, at spot, p *place) error {
	c.mu.Lock()
	delete(c.places, at)
	wild := c.places[spot{anyRoom, at.text}]
	next := p.due
	if p.joined {
		seen, _ := c.seen(at, p)
		next = seen + 1
	}
	c.mu.Unlock()
	if wild == nil || next == 0 || c.readers == nil {
		return nil
	}
	return c.inner.Handle(ctx, hub.Event{Type: hub.TypeRoomFollow, Room: at.room, Tag: wild.tag, Detail: &hub.Follow{Next: next}})
}

// listens reports whether a subscription is about a place. It is called with the lock.
func (c *codec) listens(at spot) bool {
	if at == (spot{room: anyRoom}) && c.filters[allOf] != nil {
		return true
	}
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
