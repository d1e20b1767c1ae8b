package mqtt

import (
	"context"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// nothing is what mochi is left with of a packet that is taken from it: an
// acknowledgement of a message that it never sent.
var nothing = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}}

// published takes a PUBLISH and returns what mochi is to make of it. It runs on
// the client's reading goroutine.
func (s *session) published(pk *packets.Packet) packets.Packet {
	if pk.PublishValidate(0) != packets.CodeSuccess {
		return *pk // mochi finds the same, and says so
	}
	ours, refused := routeTopic(pk.TopicName)
	p := pending{tag: s.newTag(), id: pk.PacketID, topic: pk.TopicName}
	switch pk.FixedHeader.Qos {
	case 1:
		p.first = packetPuback
	case 2:
		if s.peer.v5 { // it was told so (MQTT 5, 3.2.2.3.4)
			s.hangUp(refusal(packets.ErrQosNotSupported, "This server takes QoS 0 and 1."), packets.ErrQosNotSupported)
			return nothing
		}
		p.first = packetPubrec
		if len(s.exactly) >= maxHalfDone {
			s.hangUp(nil, packets.ErrReceiveMaximum)
			return nothing
		}
		if !s.exactly.begin(p.id) {
			s.answerAtOnce(p, nil)
			return nothing
		}
	}
	switch {
	case refused != nil:
		s.answerAtOnce(p, refused)
	case ours:
		s.hand(p, &Publish{
			Topic: pk.TopicName, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, Retain: pk.FixedHeader.Retain,
			User: properties(pk.Properties.User),
		})
	default:
		if s.server.options.Pace(s.ctx, s.scope) == nil { // else it is hung up
			return s.ordinary(pk)
		}
	}
	return nothing
}

// ordinary leaves a PUBLISH to mochi, which acknowledges at once: so those
// before it come first.
func (s *session) ordinary(pk *packets.Packet) packets.Packet {
	if pk.FixedHeader.Retain && len(pk.Payload) > 0 &&
		(len(pk.Payload) > maxRetainedSize || s.server.mochi.Topics.Retained.Len() >= maxRetained) {
		pk.FixedHeader.Retain = false
		s.server.lines.retained.log(s.server.log.Warn, "a message was delivered but not retained: it is too large, or there are too many",
			"client", s.client.ID, "topic", pk.TopicName)
	}
	if pk.FixedHeader.Qos > 0 {
		s.acks.drain()
		s.ackAsRec = pk.FixedHeader.Qos == 2
	}
	return *pk
}

// hand gives a PUBLISH to the consumer, whose answer acknowledges it.
func (s *session) hand(p pending, detail *Publish) {
	if !s.acks.begin(p) {
		return
	}
	e := hub.Event{Type: TypePublish, Tag: p.tag, Detail: detail}
	if err := s.consumer.Handle(s.ctx, e); err != nil {
		s.settle(p.tag, pubackOf(hub.ProblemOf(err)))
	}
}

// answerAtOnce acknowledges p in its turn, without asking the consumer.
func (s *session) answerAtOnce(p pending, ack *Ack) {
	if s.acks.begin(p) {
		s.settle(p.tag, ack)
	}
}

// settle notes the outcome of a publish. It may be called from any goroutine.
// A refusal that the protocol has no packet for ends the connection: what is not
// kept is never acknowledged.
func (s *session) settle(tag uint64, ack *Ack) {
	if refused := s.acks.settle(tag, ack, s.acknowledge); refused != nil {
		s.hangUp(refused, hub.Errorf(hub.Invalid, "%s", refused.Message))
	}
}

// acknowledge writes the acknowledgements of publishes whose turn has come, up to
// a refusal that has to end the connection, which it returns.
func (s *session) acknowledge(ready []pending) *Ack {
	var b []byte
	for i := range ready {
		p := &ready[i]
		if p.ack.Refuses() {
			s.refuse(&s.server.refused.publishes, p.topic, p.ack)
			if p.first != 0 && !s.peer.v5 {
				s.write(b)
				return p.ack
			}
		}
		if p.first != 0 {
			b = s.peer.appendAck(b, p.first, p.id, p.ack)
		}
	}
	s.write(b)
	return nil
}

// publishWill has the consumer publish the will of a client that is gone (MQTT
// 5, 3.1.2.5).
func (s *session) publishWill(wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), wait)
	defer cancel()
	s.willTag.Store(s.newTag())
	e := hub.Event{Type: TypePublish, Tag: s.willTag.Load(), Detail: s.will}
	if err := s.consumer.Handle(ctx, e); err != nil {
		s.refuse(&s.server.refused.publishes, s.will.Topic, pubackOf(hub.ProblemOf(err)))
	}
}

func properties(user []packets.UserProperty) []Property {
	if len(user) == 0 {
		return nil
	}
	ps := make([]Property, len(user))
	for i, p := range user {
		ps[i] = Property{Key: p.Key, Value: p.Val}
	}
	return ps
}
