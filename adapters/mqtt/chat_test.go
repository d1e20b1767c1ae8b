package mqtt

import (
	"testing"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
)

// The codec behind a sender that takes events and no frames.
func TestChatWithoutAConnection(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	r.say("lobby", "1", "2")
	m := hubtest.OpenMQTT(t, Chat(chat.New(r.hub)), "kettle")
	defer m.Close() // before the hub
	ack, err := m.Subscribe("rooms/lobby", hub.MQTTProperty{Key: PropertySince, Value: "1"})
	if err != nil || len(ack.User) != 3 || ack.User[2] != (Property{Key: PropertyRecovered, Value: "true"}) {
		t.Fatalf("subscribed with %+v, %v", ack, err)
	}
	event := func(text string, seq int64) {
		t.Helper()
		got := m.Hear()
		e, err := hub.ParseEvent(got.Payload)
		if err != nil || got.Topic != "rooms/lobby" || e.Text != text || e.Seq != seq {
			t.Errorf("heard %s %s, %v; want %s", got.Topic, got.Payload, err, text)
		}
	}
	event("2", 2)
	if err := m.Publish("rooms/lobby", "hot"); err != nil {
		t.Fatal(err)
	}
	event("hot", 3)
	if _, err := m.Subscribe("rooms/lobby/text"); err != nil {
		t.Fatal(err)
	}
	r.say("lobby", "3")
	// Once for each subscription, in any order.
	for range 2 {
		if got := m.Hear(); got.Topic == "rooms/lobby/text" && string(got.Payload) != "Ann: 3" {
			t.Errorf("heard %q", got.Payload)
		}
	}
	m.ReceiveNothing()
	if err := m.Publish("rooms/NO", "hot"); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("a topic that is no room: %v", err)
	}
	m.Unsubscribe("rooms/lobby")
}
