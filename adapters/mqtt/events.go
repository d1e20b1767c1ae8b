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

// Their details.
type (
	Publish     = hub.MQTTPublish
	Property    = hub.MQTTProperty
	Subscribe   = hub.MQTTSubscribe
	Unsubscribe = hub.MQTTUnsubscribe
	Ack         = hub.MQTTAck
	Message     = hub.MQTTMessage
)
