package mqtt

import (
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// nothing is what mochi is left with of a packet that is taken from it: an
// acknowledgement of a message that it never sent.
var nothing = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}}

// published takes a PUBLISH and returns what mochi is to make of it: it finds what is
// wrong with one, and sees no other. It runs on the client's reading goroutine.
func (s *session) published(pk *packets.Packet) packets.Packet {
	if pk.PublishValidate(0) != packets.CodeSuccess {
		return *pk // mochi finds the same, and says so
	}
	p := pending{tag: s.newTag(), id: pk.PacketID, topic: pk.TopicName}
	if !s.expects(&p, pk.FixedHeader.Qos) {
		return nothing
	}
	ours, refused := routeTopic(pk.TopicName)
	switch {
	case p.repeats:
		s.answerAtOnce(p, nil)
	case refused != nil:
		s.answerAtOnce(p, refused)
	case ours:
		s.hand(p, &Publish{
			Topic: pk.TopicName, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, Retain: pk.FixedHeader.Retain,
			User: properties(pk.Properties.User),
		})
	default:
		if s.server.options.Pace(s.ctx, s.scope) == nil { // else it is hung up
			s.publishOrdinary(p, pk)
		}
	}
	return nothing
}

// expects notes how a PUBLISH is to be acknowledged. It reports false where the client
// has more of them under way than it may, which ends it (MQTT 5, 3.3.4).
func (s *session) expects(p *pending, qos byte) bool {
	limit := maxHalfDone
	switch qos {
	case 0:
		return true
	case 1:
		p.first = packetPuback
	case 2:
		p.first = packetPubrec
		p.repeats = !s.exactly.begin(p.id)
	}
	underWay := s.exactly.len()
	if s.peer.v5 { // it was told how many
		limit = maxUnderWay
		underWay += s.acks.owed(packetPuback)
		if qos == 1 {
			underWay++
		}
	}
	if underWay > limit {
		s.hangUp(refusal(packets.ErrReceiveMaximum, "More messages are under way than the Receive Maximum."), packets.ErrReceiveMaximum)
		return false
	}
	return true
}

// publishOrdinary publishes to an ordinary topic, and acknowledges that in its turn.
func (s *session) publishOrdinary(p pending, pk *packets.Packet) {
	if wrong := checkProperties(&pk.Properties); wrong != nil {
		s.hangUp(wrong, hub.Errorf(hub.Invalid, "%s", wrong.Message))
		return
	}
	m := &message{
		topic: pk.TopicName, payload: pk.Payload, qos: pk.FixedHeader.Qos, retain: pk.FixedHeader.Retain, from: s.client.ID,
	}
	m.carry(&pk.Properties)
	matched := s.publishMessage(m)
	switch {
	case p.first == 0:
	case matched:
		s.answerAtOnce(p, nil)
	default:
		s.answerAtOnce(p, &Ack{Reason: packets.CodeNoMatchingSubscribers.Code})
	}
}

// publishMessage reports whether anybody has subscribed to the topic of m.
func (s *session) publishMessage(m *message) bool {
	matched, unkept := s.server.topics.publish(m)
	if unkept {
		s.server.lines.retained.log(s.server.log.Warn, "a message was delivered but not retained: it is too large, or there are too many",
			"client", s.client.ID, "topic", m.topic)
	}
	return matched
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
	b := s.acks.packets[:0]
	for i := range ready {
		p := &ready[i]
		if p.repeats && s.peer.v5 && !s.exactly.has(p.id) { // what it repeats was refused
			p.ack = refusal(packets.ErrUnspecifiedError, "The message was refused.")
		}
		if p.ack.Refuses() {
			if p.first == packetPubrec {
				s.exactly.end(p.id)
			}
			s.refuse(&s.server.refused.publishes, p.topic, p.ack)
			if p.first != 0 && !s.peer.v5 {
				s.writeSoon(b)
				return p.ack
			}
		}
		if p.first != 0 {
			b = s.peer.appendAck(b, p.first, p.id, p.ack)
		}
	}
	s.writeSoon(b)
	s.acks.packets = b
	return nil
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
