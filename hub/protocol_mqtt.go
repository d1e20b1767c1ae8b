package hub

// Types of the protocol events of a [ScopeMQTT]. The first three are what a
// consumer is handed, the others what it sends.
const (
	TypeMQTTPublish     = "mqtt.publish"     // Detail *MQTTPublish; to be answered with mqtt.puback or an error event
	TypeMQTTSubscribe   = "mqtt.subscribe"   // Detail *MQTTSubscribe; refused by an error
	TypeMQTTUnsubscribe = "mqtt.unsubscribe" // Detail *MQTTUnsubscribe

	TypeMQTTPuback  = "mqtt.puback"  // Detail *MQTTAck, nil for success; Tag is that of the mqtt.publish
	TypeMQTTSuback  = "mqtt.suback"  // Detail *MQTTAck; Tag is that of the mqtt.subscribe, whose Handle has not returned
	TypeMQTTMessage = "mqtt.message" // Detail *MQTTMessage; Tag is that of the mqtt.subscribe, or 0
)

// MQTTPublish is the detail of mqtt.publish: a PUBLISH to a topic below rooms/,
// or the client's will when the connection broke. A client that does not get its
// answers is not read on after 64 of them, whatever their QoS.
type MQTTPublish struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	User    []MQTTProperty
}

// MQTTProperty is a user property of MQTT 5.
type MQTTProperty struct{ Key, Value string }

// MQTTSubscribe is the detail of mqtt.subscribe: one filter below rooms/ of a
// SUBSCRIBE. The event's Tag names the subscription from now on. The same Tag
// again renews the subscription, with other options.
type MQTTSubscribe struct {
	Filter     string
	QoS        byte // granted: 0 or 1
	NoLocal    bool
	Identifier int // 0 where the client gave none
	User       []MQTTProperty
}

// MQTTUnsubscribe is the detail of mqtt.unsubscribe. The event's Tag is that of
// the subscription that ends.
type MQTTUnsubscribe struct {
	Filter string
	User   []MQTTProperty
}

// MQTTAck is the detail of mqtt.puback and mqtt.suback.
type MQTTAck struct {
	Reason  byte           // reason code of MQTT 5; 0x80 and above refuse
	Message string         // for people
	User    []MQTTProperty // to be told with a SUBACK
}

// Refuses reports whether the acknowledgement is a refusal. That of a nil one,
// which is success, is not.
func (a *MQTTAck) Refuses() bool { return a != nil && a.Reason >= 0x80 }

// MQTTMessage is the detail of mqtt.message: a PUBLISH for the client. It is
// sent with no higher QoS than its subscription was granted.
type MQTTMessage struct {
	Topic   string
	Payload []byte
	QoS     byte
	User    []MQTTProperty
}
