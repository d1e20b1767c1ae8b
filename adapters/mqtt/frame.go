package mqtt

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"hubbub/hub"
)

// frame is an event of a room as its subscribers share it: all of a PUBLISH but
// what is a subscriber's own.
//
//	size    4 bytes, of the whole frame
//	seq     8        0 for what is not logged
//	view    1        whose topic it goes to
//	origin  2 + n    the scope that sent it, for No Local
//	props   2 + n    properties of MQTT 5: payload format; type, seq, from
//	payload the rest
type frame struct {
	seq     int64
	view    view
	origin  []byte
	props   []byte
	payload []byte
}

const frameHeader = 4 + 8 + 1

// appendHead appends all of e's frame but its payload, with the size still open.
func appendHead(dst []byte, e *hub.Event, v view) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Seq))
	dst = appendString(append(dst, byte(v)), e.Origin)
	props := len(dst)
	dst = appendProps(append(dst, 0, 0), e)
	binary.BigEndian.PutUint16(dst[props:], uint16(len(dst)-props-2))
	return dst
}

// appendProps appends the properties of MQTT 5 that tell of e.
func appendProps(dst []byte, e *hub.Event) []byte {
	dst = append(dst, propertyPayloadFormat, 1)
	dst = appendProperty(dst, "type", e.Type)
	if e.Seq != 0 {
		dst = append(dst, propertyUser, 0, 3)
		dst = append(dst, "seq"...)
		seq := len(dst)
		dst = strconv.AppendInt(append(dst, 0, 0), e.Seq, 10)
		binary.BigEndian.PutUint16(dst[seq:], uint16(len(dst)-seq-2))
	}
	if e.From.ID != "" && len(e.From.ID) < 1<<10 {
		dst = appendProperty(dst, "from", e.From.ID)
	}
	return dst
}

// nextFrame returns the first of a run of frames, and its size. The run is our
// own: what does not parse is a defect, and panics.
func nextFrame(run []byte) (f frame, size int) {
	size = int(binary.BigEndian.Uint32(run))
	f.seq = int64(binary.BigEndian.Uint64(run[4:]))
	f.view = view(run[12])
	rest := run[frameHeader:size]
	f.origin, rest = cutString(rest)
	f.props, f.payload = cutString(rest)
	return f, size
}

func cutString(b []byte) (s, rest []byte) {
	n := int(binary.BigEndian.Uint16(b)) + 2
	return b[2:n], b[n:]
}

// asEvents is the format of all views but the text: events as their JSON.
type asEvents struct{}

var _ hub.NamedFormat = asEvents{}

// Name implements [hub.NamedFormat].
func (asEvents) Name() string { return "mqtt" }

// Append implements [hub.Format].
func (asEvents) Append(dst []byte, e *hub.Entry) []byte {
	v, ok := eventView(&e.Event)
	if !ok {
		return dst
	}
	start := len(dst)
	dst = append(appendHead(dst, &e.Event, v), e.JSON...)
	return closeFrame(dst, start)
}

// eventView returns where an event is shown as JSON, and false for what has no
// topic. What subscribers of an ephemeral room miss they are told among its events.
func eventView(e *hub.Event) (view, bool) {
	switch {
	case e.Seq != 0, e.Type == hub.TypeReceivedMessage, e.Type == hub.TypeRoomGap:
		return viewEvents, true
	case e.Type == hub.TypePresenceChanged:
		return viewPresence, true
	case e.Type == hub.TypeTyping:
		return viewTyping, true
	default:
		return 0, false
	}
}

// asText is the format of the text: messages as lines, for small displays.
type asText struct{}

var _ hub.NamedFormat = asText{}

// Name implements [hub.NamedFormat].
func (asText) Name() string { return "mqtt-text" }

// Append implements [hub.Format].
func (asText) Append(dst []byte, e *hub.Entry) []byte {
	if !hasLine(&e.Event) {
		return dst
	}
	start := len(dst)
	return closeFrame(appendLine(appendHead(dst, &e.Event, viewText), &e.Event), start)
}

func hasLine(e *hub.Event) bool { return e.Type == hub.TypeReceivedMessage && e.Text != "" }

func appendLine(dst []byte, e *hub.Event) []byte {
	dst = append(dst, oneLine.Replace(e.From.Name)...)
	dst = append(dst, ": "...)
	return append(dst, oneLine.Replace(e.Text)...)
}

// closeFrame fills in the size of the frame that starts there.
func closeFrame(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// oneLine makes spaces of what Unicode calls line breaks.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\v", " ", "\f", " ",
	"\u0085", " ", "\u2028", " ", "\u2029", " ")

func (f *frame) isFrom(scope string) bool { return bytes.Equal(f.origin, []byte(scope)) }
