package hubtest

import (
	"fmt"

	"hubbub/hub"
)

// MQTT is an MQTT client without a network. Its methods are called from one
// goroutine.
type MQTT struct {
	*Conn
	tag  uint64            // last one given
	subs map[string]uint64 // tags, by filter
}

// OpenMQTT connects a client, on an application of MQTT's own events. The client
// id is also its name. See [Open], and [NewScope] for changes.
func OpenMQTT(t TB, app hub.Application, client string, changes ...func(*hub.Scope)) *MQTT {
	t.Helper()
	s := NewScope(hub.ScopeMQTT, "/mqtt", append([]func(*hub.Scope){As(client)}, changes...)...)
	return &MQTT{subs: make(map[string]uint64), Conn: open(t, app, s, kind{
		takes: func(e *hub.Event) error {
			switch e.Type {
			case hub.TypeMQTTPuback, hub.TypeMQTTSuback, hub.TypeMQTTMessage, hub.TypeError:
				return nil
			default:
				return hub.Errorf(hub.Invalid, "An MQTT scope sends %s, %s, %s or an error.",
					hub.TypeMQTTPuback, hub.TypeMQTTSuback, hub.TypeMQTTMessage)
			}
		},
	})}
}

// Publish publishes at QoS 1, waits for the acknowledgement, and returns what it
// refuses with: an [*hub.Error] where the consumer gave one.
func (m *MQTT) Publish(topic, payload string) error {
	m.t.Helper()
	m.tag++
	tag := m.tag
	err := m.Try(hub.Event{Type: hub.TypeMQTTPublish, Tag: tag, Detail: &hub.MQTTPublish{
		Topic: topic, Payload: []byte(payload), QoS: 1,
	}})
	if err != nil {
		return err
	}
	_, err = m.ack(m.await("the acknowledgement of the publish", func(e *hub.Event) bool {
		return e.Tag == tag && (e.Type == hub.TypeMQTTPuback || e.Type == hub.TypeError)
	}))
	return err
}

// Subscribe subscribes at QoS 1, with user properties, and returns the
// acknowledgement, nil where the consumer has sent none, or what it refuses with.
// The same filter again renews the subscription.
func (m *MQTT) Subscribe(filter string, user ...hub.MQTTProperty) (*hub.MQTTAck, error) {
	m.t.Helper()
	tag, renewed := m.subs[filter]
	if !renewed {
		m.tag++
		tag = m.tag
	}
	m.subs[filter] = tag
	err := m.Try(hub.Event{Type: hub.TypeMQTTSubscribe, Tag: tag, Detail: &hub.MQTTSubscribe{Filter: filter, QoS: 1, User: user}})
	e, ok, _, _ := m.take(func(e *hub.Event) bool {
		return e.Tag == tag && (e.Type == hub.TypeMQTTSuback || e.Type == hub.TypeError)
	})
	var ack *hub.MQTTAck
	if err == nil && ok {
		ack, err = m.ack(e)
	}
	if err != nil {
		delete(m.subs, filter)
	}
	return ack, err
}

// Unsubscribe ends the subscription to filter.
func (m *MQTT) Unsubscribe(filter string) {
	m.t.Helper()
	tag, ok := m.subs[filter]
	if !ok {
		m.t.Fatalf("hubtest: %s has not subscribed to %s", m, filter)
	}
	delete(m.subs, filter)
	m.Send(hub.Event{Type: hub.TypeMQTTUnsubscribe, Tag: tag, Detail: &hub.MQTTUnsubscribe{Filter: filter}})
}

// Hear returns the next message.
func (m *MQTT) Hear() *hub.MQTTMessage {
	m.t.Helper()
	e := m.Await(hub.TypeMQTTMessage)
	d, ok := e.Detail.(*hub.MQTTMessage)
	if !ok {
		m.t.Fatalf("hubtest: %s: %s has no *hub.MQTTMessage", m, describe(&e))
	}
	return d
}

// ack returns what an event acknowledges, or the refusal in it.
func (m *MQTT) ack(e hub.Event) (*hub.MQTTAck, error) {
	switch d := e.Detail.(type) {
	case *hub.Problem:
		return nil, &hub.Error{Code: d.Code, Message: d.Message}
	case *hub.MQTTAck:
		if d.Refuses() {
			return d, fmt.Errorf("hubtest: refused with reason %#x: %s", d.Reason, d.Message)
		}
		return d, nil
	}
	return nil, nil
}
