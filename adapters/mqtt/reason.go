package mqtt

import (
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// pubackOf says in MQTT's words what refused a PUBLISH (MQTT 5, 3.4.2.1).
func pubackOf(p *hub.Problem) *Ack {
	reason := packets.ErrImplementationSpecificError // valid, and not accepted now
	switch p.Code {
	case hub.Invalid:
		reason = packets.ErrPayloadFormatInvalid
	case hub.Unauthorized, hub.Forbidden:
		reason = packets.ErrNotAuthorized
	case hub.NotFound:
		reason = packets.ErrTopicNameInvalid
	case hub.TooLarge, hub.RateLimited, hub.Slow:
		reason = packets.ErrQuotaExceeded // an administrative limit; 0x95 is no reason of a PUBACK
	}
	return &Ack{Reason: reason.Code, Message: p.Message}
}

// subackOf says in MQTT's words what refused a filter (MQTT 5, 3.9.3).
func subackOf(p *hub.Problem) *Ack {
	a := pubackOf(p)
	switch p.Code {
	case hub.Invalid, hub.NotFound:
		a.Reason = packets.ErrTopicFilterInvalid.Code
	}
	return a
}

// connackOf says in MQTT's words what refused a CONNECT (MQTT 5, 3.2.2.2).
func connackOf(p *hub.Problem) *Ack {
	reason := packets.ErrServerUnavailable
	switch p.Code {
	case hub.Unauthorized:
		reason = packets.ErrBadUsernameOrPassword
	case hub.Forbidden, hub.NotFound, hub.Invalid, hub.Conflict:
		reason = packets.ErrNotAuthorized
	case hub.RateLimited:
		reason = packets.ErrConnectionRateExceeded
	}
	return &Ack{Reason: reason.Code, Message: p.Message}
}

// connackV3 is the return code of MQTT 3.1.1 (3.2.2.3) for a reason of MQTT 5.
func connackV3(reason byte) byte {
	switch reason {
	case packets.ErrClientIdentifierNotValid.Code:
		return 2
	case packets.ErrBadUsernameOrPassword.Code:
		return 4
	case packets.ErrNotAuthorized.Code, packets.ErrTopicNameInvalid.Code:
		return 5
	default:
		return 3
	}
}

func refusal(code packets.Code, message string) *Ack {
	return &Ack{Reason: code.Code, Message: message}
}
