package mqtt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// session is one connection, from its accept to its end. Until it has sent its
// CONNECT there is no scope and no consumer.
//
// All that mochi calls for a client it calls on the goroutine that reads the
// connection; so that goroutine, [session.run], owns what is not marked.
type session struct {
	server *Server
	link   *link
	client *mochi.Client // mochi's side of it
	opened time.Time
	ctx    context.Context // ends when the connection is hung up
	cancel context.CancelFunc

	peer        peer // set once, by the CONNECT
	scope       *hub.Scope
	consumer    hub.Consumer
	will        *will // nil where there is none, or it was taken back
	established bool  // a CONNACK of success is on its way
	unclean     bool  // the CONNECT asked for a session that lasts
	emptyWill   bool  // its will has no payload
	goodbye     bool  // the client has sent a DISCONNECT
	farewell    bool  // mochi has sent a DISCONNECT

	tag     atomic.Uint64 // last one given, to publishes and subscriptions
	willTag atomic.Uint64 // of its mqtt.publish, to a room
	acks    acks
	window  window
	queue   queue // of ordinary topics

	exactly  halfDone
	ordinary map[string]*ordinary // subscriptions to ordinary topics, by filter
	unsuback []byte               // reason codes that mochi cannot know
	told     []Property           // for the SUBACK

	// Guarded by the window's lock. The subscriptions are changed by the reading
	// goroutine only, which may look at them without it.
	subs    map[string]*subscription // by filter
	byTag   map[uint64]*subscription
	readers map[spot]*reader

	mu     sync.Mutex    // guards the rest
	asking uint64        // tag of the mqtt.subscribe that is being handled
	answer *Ack          // its answer
	reason *Ack          // why it is hung up, as the client is told; nil where it is not
	cause  error         // and as the consumer is
	back   bool          // the client has connected again, to go on
	closed chan struct{} // the consumer is
}

var (
	_ hub.RoomSender = (*session)(nil)
	_ hub.Finisher   = (*session)(nil)
)

// run serves the connection. It returns when all is over.
func (s *session) run() {
	err := s.read()
	if errors.Is(err, packets.ErrPacketTooLarge) {
		s.refusePacket()
	}
	s.acks.close()
	farewell := s.endOf(err)
	wait := s.server.options.Linger
	if farewell.Reason != packets.ErrServerShuttingDown.Code {
		wait = 0
	}
	s.acks.end(wait)
	s.leaveMochi()
	s.leaveTopics()
	if s.consumer != nil {
		if s.willIsDue() {
			s.publishWill(s.server.options.Linger)
		}
		s.cancel()
		s.consumer.Close(context.WithoutCancel(s.ctx), s.causeOf(err))
	}
	s.server.release(s)
	close(s.closed)
	var last []byte
	if s.established && !s.farewell && farewell.Refuses() {
		last = s.peer.disconnect(farewell.Reason, farewell.Message)
	}
	s.link.finish(last, s.server.options.Linger)
}

// refusePacket counts and logs that a packet was too large: MQTT 3.1.1 has no word for it,
// and it is refused before it is known what it is.
func (s *session) refusePacket() {
	id := ""
	if s.client != nil {
		id = s.client.ID
	}
	s.server.refused.packets.add("client", id, "remote", s.link.remote, "limit", s.server.options.MaxPacket)
}

// read has mochi serve the connection until it ends. mochi panics on some
// packets that are cut short.
func (s *session) read() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("mqtt: panic: %v", r)
			s.server.lines.panics.log(s.server.log.Error, "a packet caused a panic", "remote", s.link.remote, "panic", r,
				"stack", string(debug.Stack()))
		}
	}()
	return s.server.mochi.EstablishConnection("tcp", s.link)
}

// leaveMochi removes what mochi leaves behind where it did not end by itself.
func (s *session) leaveMochi() {
	if s.client == nil {
		return
	}
	s.client.Stop(packets.CodeDisconnect)
	if cl, ok := s.server.mochi.Clients.Get(s.client.ID); ok && cl == s.client {
		s.server.mochi.UnsubscribeClient(cl)
		s.server.mochi.Clients.Delete(cl.ID)
	}
}

// hangUp ends the connection: the client is told reason, the consumer cause.
// The first one counts. It may be called from any goroutine, and does not wait.
func (s *session) hangUp(reason *Ack, cause error) {
	s.mu.Lock()
	if s.cause == nil {
		s.reason, s.cause = reason, cause
	}
	s.mu.Unlock()
	s.cancel()
	s.acks.close()
	s.link.hangUp()
}

// Finish implements [hub.Finisher]. MQTT 5 has no reason for an end as it should
// be that a server may give (3.14.2.1): the client is told an administrative action.
func (s *session) Finish(cause error) {
	if cause == nil {
		s.hangUp(refusal(packets.ErrAdministrativeAction, "The conversation has ended."), errFinished)
		return
	}
	s.hangUp(pubackOf(hub.ProblemOf(cause)), cause)
}

// hungUp reports whether hangUp was called.
func (s *session) hungUp() bool { return s.ctx.Err() != nil }

// endOf returns what the client is told of the end; its Reason is below 0x80
// where that is nothing. err is how reading ended.
func (s *session) endOf(err error) *Ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	var code packets.Code
	switch {
	case s.reason != nil:
		return s.reason
	case s.cause != nil:
	case errors.As(err, &code):
		return refusal(code, code.Reason)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusal(packets.ErrKeepAliveTimeout, "Nothing came within the keep alive.")
	case err != nil && !isBroken(err): // mochi has no code for it
		return refusal(packets.ErrMalformedPacket, "This is no packet of a client.")
	}
	return &Ack{}
}

// isBroken reports whether a connection ended since its wire did, or its WebSocket.
func isBroken(err error) bool {
	_, ofNet := errors.AsType[net.Error](err)
	_, ofSocket := errors.AsType[*websocket.CloseError](err)
	return ofNet || ofSocket || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// causeOf returns what the consumer is told of the end: nothing where the client
// said goodbye.
func (s *session) causeOf(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(s.cause, errFinished):
		return nil
	case s.cause != nil:
		return s.cause
	}
	if s.goodbye {
		return nil
	}
	if ended := s.link.out.Err(); ended != nil {
		return ended
	}
	return err
}

// Send implements [hub.Sender] for the protocol events that go to the client.
func (s *session) Send(e hub.Event) error {
	switch e.Type {
	case TypePuback:
		ack, _ := e.Detail.(*Ack)
		s.answerTo(e.Tag, ack, ack)
	case hub.TypeError:
		p, ok := e.Detail.(*hub.Problem)
		if !ok {
			p = &hub.Problem{Code: hub.Internal}
		}
		s.answerTo(e.Tag, pubackOf(p), subackOf(p))
	case TypeSuback:
		ack, _ := e.Detail.(*Ack)
		s.answerTo(e.Tag, nil, ack)
	case TypeMessage:
		return s.message(&e)
	default:
		return hub.Errorf(hub.Invalid, "Events of type %.64q cannot be sent to an MQTT client.", e.Type)
	}
	return nil
}

// answerTo brings an answer to what asked for it: the subscription that is being
// handled, or a publish.
func (s *session) answerTo(tag uint64, puback, suback *Ack) {
	s.mu.Lock()
	if tag != 0 && tag == s.asking {
		s.answer = suback
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	if tag != 0 && tag == s.willTag.Load() && puback.Refuses() {
		s.refuse(&s.server.refused.publishes, s.will.topic, puback)
	}
	s.settle(tag, puback)
}

// message delivers an mqtt.message, unless it is too large for the client.
func (s *session) message(e *hub.Event) error {
	m, ok := e.Detail.(*Message)
	if !ok {
		return hub.Errorf(hub.Invalid, "An %s has a *mqtt.Message.", TypeMessage)
	}
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	v := envelope{v5: s.peer.v5, topic: m.Topic}
	if sub := s.byTag[e.Tag]; sub != nil {
		v.qos, v.identifiers = min(m.QoS, sub.qos), sub.identifier
	}
	var props []byte
	for _, p := range m.User {
		props = appendProperty(props, p.Key, p.Value)
	}
	if !v.fits(&s.peer, props, m.Payload) {
		s.tooLarge(m.Topic)
		return nil
	}
	var id uint16
	if v.qos > 0 {
		if id, ok = w.next(v.qos); !ok {
			return hub.Errorf(hub.Slow, "The client owes acknowledgements for %d messages.", w.size)
		}
	}
	b := v.append(nil, id, props, m.Payload)
	if w.held { // the SUBACK comes first
		w.late = append(w.late, b)
		return nil
	}
	return s.link.send(b)
}

// OpenReader implements [hub.RoomSender], for applications that are not behind
// [Chat]: the frames are for the subscriptions to the topics of the join's room.
func (s *session) OpenReader(join *hub.Event) (hub.Format, hub.Reader) {
	return s.openReader(spot{room: join.Room}, 0, false)
}

func (s *session) newTag() uint64 { return s.tag.Add(1) }

func (s *session) write(b []byte) {
	if len(b) > 0 {
		_ = s.link.send(b) // one that has ended is about to be read no more
	}
}

func (s *session) writeSoon(b []byte) {
	if len(b) > 0 {
		s.link.sendSoon(b)
	}
}
