package mqtt

import (
	"maps"
	"slices"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// subscribed makes the subscriptions, and puts their reason codes in the place of
// mochi's, which has refused them all. It runs before the SUBACK is written. From
// the SUBSCRIBE until then nothing is delivered, so that the SUBACK comes first,
// and a renewed subscription goes on where it was.
func (s *session) subscribed(pk *packets.Packet, codes []byte) {
	for i := range pk.Filters {
		f := &pk.Filters[i]
		f.Filter = strings.Clone(f.Filter) // mochi's is a part of the packet, and would keep it
		ours, ack := routeFilter(f.Filter)
		granted := f.Qos
		switch {
		case ack != nil:
		case ours:
			granted = min(f.Qos, 1)
			ack = s.subscribe(f, properties(pk.Properties.User))
		default:
			ack = s.subscribeOrdinary(f)
		}
		if ack.Refuses() {
			s.refuse(&s.server.refused.subscribes, f.Filter, ack)
		}
		codes[i] = granted
		if ack != nil {
			codes[i] = ack.Reason
		}
		if ack.Refuses() && !s.peer.v5 {
			codes[i] = packets.ErrUnspecifiedError.Code // the one that 3.1.1 has (3.9.3)
		}
	}
}

// checkSubscribe says what ends a client of MQTT 5 (3.8.2.1.2, 3.8.3.1): a protocol error.
func checkSubscribe(pk *packets.Packet) *Ack {
	if ids := pk.Properties.SubscriptionIdentifier; len(ids) > 1 || len(ids) == 1 && ids[0] == 0 {
		return refusal(packets.ErrProtocolViolation, "A SUBSCRIBE has at most one subscription identifier, from 1 on.")
	}
	for i := range pk.Filters {
		f := &pk.Filters[i]
		if share, _ := cutShare(f.Filter); share != "" && f.NoLocal {
			return refusal(packets.ErrProtocolViolationInvalidSharedNoLocal, "A shared subscription cannot be No Local.")
		}
		if f.RetainHandling > 2 {
			return refusal(packets.ErrProtocolViolation, "Retain handling is 0, 1 or 2.")
		}
	}
	return nil
}

// subscribeOrdinary makes or renews a subscription to ordinary topics.
func (s *session) subscribeOrdinary(f *packets.Subscription) *Ack {
	old := s.ordinary[f.Filter]
	if old == nil && len(s.ordinary) >= maxSubscriptions {
		return refusal(packets.ErrQuotaExceeded, "You have too many subscriptions.")
	}
	o := &ordinary{
		session: s, filter: f.Filter, qos: f.Qos, noLocal: f.NoLocal, asPublished: f.RetainAsPublished,
		identifier: identifierProperty(f.Identifier),
	}
	s.ordinary[f.Filter] = o
	s.server.topics.subscribe(o, old, f.RetainHandling)
	return nil
}

// leaveTopics ends what the client has subscribed to of ordinary topics. What it did
// not get and others share goes to these.
func (s *session) leaveTopics() {
	s.server.topics.end(slices.Collect(maps.Values(s.ordinary))...)
	if left := s.queue.end(); len(left) > 0 {
		s.server.topics.again(left)
	}
}

// pace counts the filters of a SUBSCRIBE that are no room's, and waits for their time.
func (s *session) pace(pk *packets.Packet) {
	for i := range pk.Filters {
		if ours, _ := routeFilter(pk.Filters[i].Filter); !ours && s.server.options.Pace(s.ctx, s.scope) != nil {
			return // it is hung up
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

// unsubscribe ends the subscriptions of an UNSUBSCRIBE, and notes the reason codes
// for all of its filters (MQTT 5, 3.11.3).
func (s *session) unsubscribe(pk *packets.Packet) {
	s.unsuback = s.unsuback[:0]
	for i := range pk.Filters {
		filter := pk.Filters[i].Filter
		o, existed := s.ordinary[filter]
		if existed {
			delete(s.ordinary, filter)
			s.server.topics.end(o)
		}
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
