package mqtt

import (
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// subscribed puts the reason codes of the filters that are not mochi's, which
// mochi has refused, in their place. It runs before the SUBACK is written. From
// the SUBSCRIBE until then nothing is delivered, so that the SUBACK comes first,
// and a renewed subscription goes on where it was.
func (s *session) subscribed(pk *packets.Packet, codes []byte) {
	for i := range pk.Filters {
		f := &pk.Filters[i]
		ours, refused := routeFilter(f.Filter)
		var ack *Ack
		switch {
		case refused != nil:
			ack = refused
		case ours:
			ack = s.subscribe(f, properties(pk.Properties.User))
		default:
			continue
		}
		codes[i] = min(f.Qos, 1)
		if ack != nil {
			codes[i] = ack.Reason
		}
		if ack.Refuses() && !s.peer.v5 {
			codes[i] = packets.ErrUnspecifiedError.Code // the one that 3.1.1 has (3.9.3)
		}
	}
}

// subscribe asks the consumer and returns its answer; what is no refusal is
// granted.
func (s *session) subscribe(f *packets.Subscription, user []Property) *Ack {
	sub := s.putSubscription(f)
	if sub == nil {
		return refusal(packets.ErrQuotaExceeded, "You have too many subscriptions.")
	}
	s.mu.Lock()
	s.asking, s.answer = sub.tag, nil
	s.mu.Unlock()
	err := s.consumer.Handle(s.ctx, hub.Event{Type: TypeSubscribe, Tag: sub.tag, Detail: &Subscribe{
		Filter: f.Filter, QoS: min(f.Qos, 1), NoLocal: f.NoLocal, Identifier: f.Identifier, User: user,
	}})
	s.mu.Lock()
	ack := s.answer
	s.asking = 0
	s.mu.Unlock()
	if err != nil {
		ack = subackOf(hub.ProblemOf(err))
	}
	if ack.Refuses() {
		s.forget(f.Filter)
	} else if ack != nil {
		s.told = append(s.told, ack.User...)
	}
	return ack
}

// putSubscription makes or renews a subscription. It returns nil where there are
// too many.
func (s *session) putSubscription(f *packets.Subscription) *subscription {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	sub := s.subs[f.Filter]
	if sub == nil {
		if len(s.subs) >= maxSubscriptions {
			return nil
		}
		sub = &subscription{filter: f.Filter, tag: s.newTag()}
		s.subs[f.Filter], s.byTag[sub.tag] = sub, sub
	}
	sub.qos, sub.noLocal, sub.identifier = min(f.Qos, 1), f.NoLocal, identifierProperty(f.Identifier)
	s.regrantAll(f.Filter)
	return sub
}

func (s *session) forget(filter string) {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(s.byTag, s.subs[filter].tag)
	delete(s.subs, filter)
	s.regrantAll(filter)
}

// unsubscribe ends the subscriptions of an UNSUBSCRIBE that are not mochi's, and
// notes the reason codes for all of its filters (MQTT 5, 3.11.3).
func (s *session) unsubscribe(cl *mochi.Client, pk *packets.Packet) {
	s.unsuback = s.unsuback[:0]
	for i := range pk.Filters {
		filter := pk.Filters[i].Filter
		_, existed := cl.State.Subscriptions.Get(filter)
		if sub := s.subs[filter]; sub != nil {
			existed = true
			e := hub.Event{Type: TypeUnsubscribe, Tag: sub.tag, Detail: &Unsubscribe{
				Filter: filter, User: properties(pk.Properties.User),
			}}
			if err := s.consumer.Handle(s.ctx, e); err != nil {
				s.server.log.Warn("a consumer did not end a subscription", "filter", filter, "error", err)
			}
			s.forget(filter)
		}
		code := packets.CodeSuccess
		if !existed {
			code = packets.CodeNoSubscriptionExisted
		}
		s.unsuback = append(s.unsuback, code.Code)
	}
}
