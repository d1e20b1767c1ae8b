package mqtt

import "hubbub/hub"

// The protocol events, which are package hub's, by the names that they have here.
const (
	TypePublish     = hub.TypeMQTTPublish
	TypeSubscribe   = hub.TypeMQTTSubscribe
	TypeUnsubscribe = hub.TypeMQTTUnsubscribe
	TypePuback      = hub.TypeMQTTPuback
	TypeSuback      = hub.TypeMQTTSuback
	TypeMessage     = hub.TypeMQTTMessage
)

type (
	// Publish is the detail of mqtt.publish.
	Publish = hub.MQTTPublish
	// Property is a user property of MQTT 5.
	Property = hub.MQTTProperty
	// Subscribe is the detail of mqtt.subscribe.
	Subscribe = hub.MQTTSubscribe
	// Unsubscribe is the detail of mqtt.unsubscribe.
	Unsubscribe = hub.MQTTUnsubscribe
	// Ack is the detail of mqtt.puback and mqtt.suback.
	Ack = hub.MQTTAck
	// Message is the detail of mqtt.message.
	Message = hub.MQTTMessage
)
