package websocket

import (
	"context"
	"net/url"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// maxBad is how many bad frames in a row end a connection.
const maxBad = 10

// Chat wraps an application that speaks chat events for the scopes of a
// [Server]: each text frame is one event as JSON. The first event that the
// peer gets is session.opened. A scope whose route has the parameter room joins
// that room at once, as far as the query says: see [hub.ParseJoin]. The query, which
// may hold secrets, and the guest's own secret end here: the scope that app is given
// has neither.
func Chat(app hub.Application) hub.Application {
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		codec := &codec{out: out}
		codec.conn, _ = out.(*conn)
		opened := hub.Event{Type: hub.TypeSessionOpened, Detail: &hub.Opened{
			User: hub.Participant{ID: s.User.ID, Name: s.User.Name, Kind: s.User.Kind}, Guest: s.Secret,
		}}
		if err := codec.Send(opened); err != nil {
			return nil, err
		}
		var sender hub.Sender = codec
		if codec.conn != nil {
			sender = roomCodec{codec}
		}
		query := s.Query
		s = s.With(func(c *hub.Scope) { c.Query, c.Secret = nil, "" })
		var err error
		if codec.app, err = app(ctx, s, sender); err == nil && s.Params.Get("room") != "" {
			codec.join(ctx, s.Params.Get("room"), query)
		}
		return codec, err
	}
}

// codec is between frames and chat events, in both directions.
type codec struct {
	out  hub.Sender
	conn *conn // where out is one
	app  hub.Consumer
	bad  atomic.Int32 // frames in a row that were answered as invalid
}

// Handle implements [hub.Consumer] for the frames of the peer.
func (c *codec) Handle(ctx context.Context, e hub.Event) error {
	m, ok := e.Detail.(*Message)
	if !ok {
		return nil
	}
	return c.handle(ctx, m.Binary, m.Data)
}

// handle keeps nothing of data, which may lie in a reader's buffer.
func (c *codec) handle(ctx context.Context, binary bool, data []byte) error {
	if binary {
		return c.refuse(&hub.Event{}, hub.Errorf(hub.Invalid, "Events are text frames, not binary ones."))
	}
	event, err := hub.ParseCommand(data)
	if err == nil {
		event.Tag, event.Origin = 0, ""
		err = c.app.Handle(ctx, event)
	}
	if err != nil {
		return c.refuse(&event, err)
	}
	return nil
}

// join joins the room that the route names. What is wrong with it, the peer is told,
// as of a room.join of its own.
func (c *codec) join(ctx context.Context, room string, query url.Values) {
	e, err := hub.ParseJoin(room, query)
	if err == nil {
		err = c.app.Handle(ctx, e)
	}
	if err != nil {
		_ = c.refuse(&e, err)
	}
}

// refuse answers e with the error. A peer that has ended is no failure of ours.
func (c *codec) refuse(e *hub.Event, err error) error {
	_ = c.Send(hub.ErrorEvent(e, err))
	return nil
}

// Close implements [hub.Consumer].
func (c *codec) Close(ctx context.Context, cause error) { c.app.Close(ctx, cause) }

// Send implements [hub.Sender] for chat events.
func (c *codec) Send(e hub.Event) error {
	if c.conn != nil && (e.Type == hub.TypeSentMessage || e.Type == hub.TypeOK || e.Type == hub.TypeSessionOpened) {
		// The room is about to be told too, and most who send to it read it. Most who
		// open a session join a room at once.
		return c.conn.sendSoon(&e)
	}
	if err := c.tell(&e); err != nil {
		return err
	}
	if p, ok := e.Detail.(*hub.Problem); !ok || p.Code != hub.Invalid {
		c.bad.Store(0)
	} else if c.bad.Add(1) == maxBad {
		return c.out.Send(hub.Event{Type: TypeClose, Detail: &Close{
			Code: websocket.ClosePolicyViolation, Reason: "ten bad frames in a row",
		}})
	}
	return nil
}

func (c *codec) tell(e *hub.Event) error {
	if c.conn != nil {
		return c.conn.sendNow(e)
	}
	return c.out.Send(hub.Event{Type: TypeSend, Detail: &Message{Data: hub.AppendJSON(nil, e)}})
}

// Finish implements [hub.Finisher].
func (c *codec) Finish(cause error) { hub.Finish(c.out, cause) }

// roomCodec is a codec on a connection that takes frames of rooms.
type roomCodec struct{ *codec }

// OpenReader implements [hub.RoomSender].
func (c roomCodec) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return c.conn.reader() }
