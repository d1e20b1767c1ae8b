package mqtt

import (
	"context"
	"strings"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// TopicChecker is a power of consumers that know which topics can be published
// to: a will to another one is refused with the CONNECT that brings it.
type TopicChecker interface {
	CheckTopic(topic string) error
}

// will is what a client has left to be published when its connection breaks. It was
// allowed by the CONNECT that brought it.
type will struct {
	topic   string
	delayed bool               // it has a Will Delay Interval, and the session was to last
	room    *Publish           // to a room, or
	message *message           // to an ordinary topic
	props   packets.Properties // of that; their time begins when it is published
}

// takeWill takes the will away from mochi, which would publish to any topic, and
// refuses one that the client may not publish.
func (s *session) takeWill(cl *mochi.Client, pk *packets.Packet) *Ack {
	w := cl.Properties.Will
	cl.Properties.Will = mochi.Will{}
	if w.Flag == 0 {
		return nil
	}
	if s.emptyWill {
		w.Payload = nil
	}
	ours, refused := routeTopic(w.TopicName)
	switch {
	case refused != nil:
		return refused
	case w.TopicName == "" || strings.ContainsAny(w.TopicName, "+#"):
		return refusal(packets.ErrTopicNameInvalid, "A will is published to one topic.")
	}
	lasts := cl.Properties.Props.SessionExpiryInterval > 0 // as far as the client knows
	s.will = &will{topic: w.TopicName, delayed: lasts && w.WillDelayInterval > 0}
	if !ours {
		s.will.props = pk.Connect.WillProperties
		s.will.message = &message{topic: w.TopicName, payload: w.Payload, qos: w.Qos, retain: w.Retain, from: cl.ID}
		return checkProperties(&s.will.props)
	}
	if c, ok := s.consumer.(TopicChecker); ok {
		if err := c.CheckTopic(w.TopicName); err != nil {
			return pubackOf(hub.ProblemOf(err))
		}
	}
	s.will.room = &Publish{
		Topic: w.TopicName, Payload: w.Payload, QoS: w.Qos, Retain: w.Retain, User: properties(w.User),
	}
	return nil
}

// disconnected takes note of a DISCONNECT: with reason 0 it takes the will back
// (MQTT 5, 3.14.4).
func (s *session) disconnected(pk *packets.Packet) {
	s.goodbye = true
	if pk.ReasonCode == packets.CodeDisconnect.Code {
		s.will = nil
	}
}

// comesBack says that the client has connected again with clean start 0.
func (s *session) comesBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back = true
}

// willIsDue reports whether the connection, which has ended, leaves a will. Sessions
// end with their connection, so that a will is due then, however long its delay
// (MQTT 5, 3.1.3.2.2); unless the client is back before (3.1.2.5).
func (s *session) willIsDue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.established && s.will != nil && (!s.will.delayed || !s.back)
}

// publishWill publishes the will (MQTT 5, 3.1.2.5): to a room as any message of
// the client.
func (s *session) publishWill(wait time.Duration) {
	if m := s.will.message; m != nil {
		m.carry(&s.will.props)
		s.publishMessage(m)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), wait)
	defer cancel()
	s.willTag.Store(s.newTag())
	e := hub.Event{Type: TypePublish, Tag: s.willTag.Load(), Detail: s.will.room}
	if err := s.consumer.Handle(ctx, e); err != nil {
		s.refuse(&s.server.refused.publishes, s.will.topic, pubackOf(hub.ProblemOf(err)))
	}
}
