package mqtt

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// message is what was published to an ordinary topic. It never changes, and all
// subscribers share it.
type message struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool      // as it was published
	from    string    // client id, for No Local
	props   []byte    // the properties that go with it (MQTT 5, 3.3.2.3), encoded
	expires time.Time // zero is never
}

// perMessage is what a message is counted for beside its own bytes.
const perMessage = 64

func (m *message) size() int { return len(m.topic) + len(m.payload) + len(m.props) + perMessage }

// expired reports whether nobody is to get it any more (MQTT 5, 3.3.2.3.3).
func (m *message) expired(now time.Time) bool { return !m.expires.IsZero() && !now.Before(m.expires) }

// carry takes over the properties that a message is delivered with. The time that
// it may wait begins now.
func (m *message) carry(p *packets.Properties) {
	if p.PayloadFormatFlag {
		m.props = append(m.props, propertyPayloadFormat, p.PayloadFormat)
	}
	if p.ContentType != "" {
		m.props = appendString(append(m.props, propertyContentType), p.ContentType)
	}
	if p.ResponseTopic != "" {
		m.props = appendString(append(m.props, propertyResponseTopic), p.ResponseTopic)
	}
	if len(p.CorrelationData) > 0 {
		m.props = appendString(append(m.props, propertyCorrelation), string(p.CorrelationData))
	}
	for _, u := range p.User {
		m.props = appendProperty(m.props, u.Key, u.Val)
	}
	if p.MessageExpiryInterval > 0 {
		m.expires = time.Now().Add(time.Duration(p.MessageExpiryInterval) * time.Second)
	}
}

// checkProperties says what is wrong with those of a message.
func checkProperties(p *packets.Properties) *Ack {
	if strings.ContainsAny(p.ResponseTopic, "+#") || !printable(p.ResponseTopic) { // MQTT 5, 3.3.2.3.5
		return refusal(packets.ErrProtocolViolationSurplusWildcard, "A response topic is one topic.")
	}
	return nil
}

// copyOf is a message on its way to one client.
type copyOf struct {
	*message
	qos         byte
	retain      bool   // the flag that the client gets
	kept        bool   // it is a retained one, which the server has anyway
	identifiers []byte // properties, encoded
	group       *group // whose turn it was; nil where the subscription is not shared
}

// envelope returns what the copy goes out in.
func (c *copyOf) envelope(to *peer, now time.Time) envelope {
	v := envelope{v5: to.v5, topic: c.topic, qos: c.qos, retain: c.retain, identifiers: c.identifiers}
	if to.v5 && !c.expires.IsZero() { // what is left of its time (MQTT 5, 3.3.2-6)
		left := math.Ceil(c.expires.Sub(now).Seconds())
		v.identifiers = binary.BigEndian.AppendUint32(append(slices.Clip(v.identifiers), propertyExpiry), uint32(max(left, 1)))
	}
	return v
}

// fits reports whether the client takes so large a packet.
func (c *copyOf) fits(to *peer) bool {
	v := c.envelope(to, c.expires) // whatever is left of its time, it is as long
	return v.fits(to, c.props, c.payload)
}

// append appends the copy's PUBLISH.
func (c *copyOf) append(dst []byte, to *peer, id uint16, now time.Time) []byte {
	v := c.envelope(to, now)
	return v.append(dst, id, c.props, c.payload)
}
