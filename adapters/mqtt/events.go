package mqtt

// Types of the protocol events. The first three are what a consumer is handed,
// the others what it sends.
const (
	TypePublish     = "mqtt.publish"     // Detail *Publish; to be answered with TypePuback or an error event
	TypeSubscribe   = "mqtt.subscribe"   // Detail *Subscribe; refused by an error
	TypeUnsubscribe = "mqtt.unsubscribe" // Detail *Unsubscribe

	TypePuback  = "mqtt.puback"  // Detail *Ack, nil for success; Tag is that of the mqtt.publish
	TypeSuback  = "mqtt.suback"  // Detail *Ack; Tag is that of the mqtt.subscribe, whose Handle has not returned
	TypeMessage = "mqtt.message" // Detail *Message; Tag is that of the mqtt.subscribe, or 0
)

// Publish is the detail of mqtt.publish: a PUBLISH to a topic below rooms/, or
// the client's will when the connection broke. A client that does not get its
// answers is not read on after 64 of them, whatever their QoS.
type Publish struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	User    []Property
}

// Property is a user property of MQTT 5.
type Property struct{ Key, Value string }

// Subscribe is the detail of mqtt.subscribe: one filter below rooms/ of a
// SUBSCRIBE. The event's Tag names the subscription from now on. The same Tag
// again renews the subscription, with other options.
type Subscribe struct {
	Filter     string
	QoS        byte // granted: 0 or 1
	NoLocal    bool
	Identifier int // 0 where the client gave none
	User       []Property
	// Seen is, for one that is renewed, the seq of the last frame that was sent
	// to it; 0 where none was.
	Seen int64
}

// Unsubscribe is the detail of mqtt.unsubscribe. The event's Tag is that of the
// subscription that ends.
type Unsubscribe struct {
	Filter string
	User   []Property
}

// Ack is the detail of mqtt.puback and mqtt.suback.
type Ack struct {
	Reason  byte       // reason code of MQTT 5; 0x80 and above refuse
	Message string     // for people
	User    []Property // to be told with a SUBACK
}

func (a *Ack) refuses() bool { return a != nil && a.Reason >= 0x80 }

// Message is the detail of mqtt.message: a PUBLISH for the client. It is sent
// with no higher QoS than its subscription was granted.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	User    []Property
}
