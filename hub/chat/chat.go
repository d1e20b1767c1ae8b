// Package chat is the consumer of chat events: the one implementation behind
// every protocol. Codecs of the adapters speak to it in events; what a message
// means is the hub's.
package chat

import (
	"context"

	"hubbub/hub"
)

// New returns the application that serves chat events on h.
func New(h *hub.Hub) hub.Application {
	return func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		c := &consumer{hub: h, scope: s, out: out}
		if s.Type == hub.ScopeWebSocket { // others have no place for what is not of a room that they read
			c.attendance = h.Attend(s, out)
		}
		return c, nil
	}
}

type consumer struct {
	hub   *hub.Hub
	scope *hub.Scope
	out   hub.Sender

	// Touched by Handle and Close only.
	joined  joined
	follows map[uint64]*hub.Following // by tag

	attendance *hub.Attendance // nil where the scope is told of nothing but what it joined
}

// Handle implements [hub.Consumer].
func (c *consumer) Handle(ctx context.Context, e hub.Event) error {
	switch e.Type {
	case hub.TypeSendMessage, hub.TypeEditMessage, hub.TypeDeleteMessage, hub.TypeReact, hub.TypePressButton:
		return c.publish(ctx, &e)
	default:
		other := e // so that e is on the heap for nothing that is said often
		return c.command(ctx, &other)
	}
}

// command handles what is no publish.
func (c *consumer) command(ctx context.Context, e *hub.Event) error {
	switch e.Type {
	case hub.TypeRoomJoin:
		return c.join(ctx, e)
	case hub.TypeRoomLeave:
		return c.leave(e)
	case hub.TypeRoomFollow:
		return c.follow(ctx, e)
	case hub.TypeRoomHistory:
		return c.history(ctx, e)
	case hub.TypeRoomMembers:
		return c.members(ctx, e)
	case hub.TypeRoomList:
		return c.list(ctx, e)
	case hub.TypeRoomCommands:
		return c.commands(ctx, e)
	case hub.TypeTyping:
		return c.hub.Typing(ctx, c.scope, e.Room)
	case hub.TypeMarkRead:
		return c.hub.MarkRead(ctx, c.scope, e.Room, e.Seq)
	default:
		return hub.Errorf(hub.Invalid, "Events of type %.64q are not understood here. Try %s, %s, %s or %s.",
			e.Type, hub.TypeRoomJoin, hub.TypeSendMessage, hub.TypeRoomHistory, hub.TypeRoomLeave)
	}
}

// Close implements [hub.Consumer].
func (c *consumer) Close(context.Context, error) {
	for _, j := range c.joined {
		j.sub.End()
	}
	for _, f := range c.follows {
		f.End()
	}
	if c.attendance != nil {
		c.attendance.Close()
	}
}

func (c *consumer) publish(ctx context.Context, e *hub.Event) error {
	room, ref, tag := e.Room, e.Ref, e.Tag // what the answer needs, so that the rest is not kept
	typ := hub.TypeOK
	if e.Type == hub.TypeSendMessage {
		typ = hub.TypeSentMessage
	}
	done := func(entry *hub.Entry, err error) {
		var answer hub.Event
		if err != nil {
			answer = hub.ErrorEvent(&hub.Event{Room: room, Ref: ref, Tag: tag}, err)
		} else {
			ev := &entry.Event
			answer = hub.Event{Type: typ, Room: ev.Room, Ref: ev.Ref, ID: ev.ID, Seq: ev.Seq, At: ev.At, Tag: tag}
		}
		_ = c.out.Send(answer) // a scope that has ended gets no answer, and asks by its ref
	}
	if sub := c.joined.in(room); sub != nil {
		sub.Publish(ctx, e, done)
	} else {
		c.hub.Publish(ctx, c.scope, e, done)
	}
	return nil
}

func (c *consumer) join(ctx context.Context, e *hub.Event) error {
	at := place{e.Room, e.Tag}
	sub, joined, err := c.hub.Join(ctx, c.scope, e, c.out)
	if err != nil {
		return err
	}
	old := c.joined.at(at)
	if old != nil {
		old.End()
	}
	if c.attendance != nil && (old == nil || old.Removed()) {
		c.attendance.Joined(e.Room)
	}
	c.joined.put(at, sub)
	err = c.answer(e, hub.TypeRoomJoined, joined)
	sub.Start()
	return err
}

// follow begins to listen to all rooms or, in one of them, goes on elsewhere.
func (c *consumer) follow(ctx context.Context, e *hub.Event) error {
	d, ok := e.Detail.(*hub.Follow)
	if !ok {
		return hub.Errorf(hub.Invalid, "Join rooms by their names, with %s.", hub.TypeRoomJoin)
	}
	f := c.follows[e.Tag]
	switch {
	case f == nil && e.Room == "":
		if c.follows == nil {
			c.follows = make(map[uint64]*hub.Following)
		}
		c.follows[e.Tag] = c.hub.Follow(c.scope, e, c.out)
		return nil
	case f == nil || e.Room == "":
		return hub.Errorf(hub.Invalid, "All rooms are followed once, and then one of them otherwise.")
	}
	return f.Open(ctx, e.Room, d.Next)
}

func (c *consumer) leave(e *hub.Event) error {
	if f := c.follows[e.Tag]; f != nil && e.Room == "" {
		f.End()
		delete(c.follows, e.Tag)
		return nil
	}
	at := place{e.Room, e.Tag}
	sub := c.joined.at(at)
	if sub == nil {
		return hub.Errorf(hub.NotFound, "You have not joined the room %.64q.", e.Room)
	}
	sub.End()
	c.joined.remove(at)
	if c.attendance != nil {
		c.attendance.Left(e.Room)
	}
	return c.answer(e, hub.TypeRoomLeft, nil)
}

func (c *consumer) history(ctx context.Context, e *hub.Event) error {
	q, ok := e.Detail.(*hub.HistoryRequest)
	if !ok {
		return hub.Errorf(hub.Invalid, "A %s asks with before, after or around, and limit.", hub.TypeRoomHistory)
	}
	page, err := c.hub.History(ctx, c.scope, e.Room, q)
	if err != nil {
		return err
	}
	return c.answer(e, hub.TypeRoomHistory, page)
}

func (c *consumer) members(ctx context.Context, e *hub.Event) error {
	q, ok := e.Detail.(*hub.MembersRequest)
	if !ok {
		return hub.Errorf(hub.Invalid, "A %s asks with after and limit.", hub.TypeRoomMembers)
	}
	page, err := c.hub.Members(ctx, c.scope, e.Room, q)
	if err != nil {
		return err
	}
	return c.answer(e, hub.TypeRoomMembers, page)
}

func (c *consumer) list(ctx context.Context, e *hub.Event) error {
	q, ok := e.Detail.(*hub.RoomsRequest)
	if !ok {
		return hub.Errorf(hub.Invalid, "A %s asks with room, or after and limit.", hub.TypeRoomList)
	}
	page, err := c.hub.ListRooms(ctx, c.scope, e.Room, q)
	if err != nil {
		return err
	}
	return c.answer(e, hub.TypeRoomList, page)
}

func (c *consumer) commands(ctx context.Context, e *hub.Event) error {
	list, err := c.hub.Commands(ctx, c.scope, e.Room)
	if err != nil {
		return err
	}
	return c.answer(e, hub.TypeRoomCommands, list)
}

func (c *consumer) answer(e *hub.Event, typ string, detail any) error {
	return c.out.Send(hub.Event{Type: typ, Room: e.Room, Ref: e.Ref, Tag: e.Tag, Detail: detail})
}
