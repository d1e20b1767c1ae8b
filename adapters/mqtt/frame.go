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
//	seq     8
//	origin  2 + n    the scope that sent it, for No Local
//	props   2 + n    properties of MQTT 5: payload format; type, seq, from
//	payload the rest
type frame struct {
	seq     int64
	origin  []byte
	props   []byte
	payload []byte
}

const frameHeader = 4 + 8

// appendHead appends all of e's frame but its payload, with the size still open.
func appendHead(dst []byte, e *hub.Event) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Seq))
	dst = appendString(dst, e.Origin)
	props := len(dst)
	dst = append(dst, 0, 0, propertyPayloadFormat, 1)
	dst = appendProperty(dst, "type", e.Type)
	dst = append(dst, propertyUser, 0, 3)
	dst = append(dst, "seq"...)
	seq := len(dst)
	dst = strconv.AppendInt(append(dst, 0, 0), e.Seq, 10)
	binary.BigEndian.PutUint16(dst[seq:], uint16(len(dst)-seq-2))
	if e.From.ID != "" && len(e.From.ID) < 1<<10 {
		dst = appendProperty(dst, "from", e.From.ID)
	}
	binary.BigEndian.PutUint16(dst[props:], uint16(len(dst)-props-2))
	return dst
}

// nextFrame returns the first of a run of frames, and its size. The run is our
// own: what does not parse is a defect, and panics.
func nextFrame(run []byte) (f frame, size int) {
	size = int(binary.BigEndian.Uint32(run))
	f.seq = int64(binary.BigEndian.Uint64(run[4:]))
	rest := run[frameHeader:size]
	f.origin, rest = cutString(rest)
	f.props, f.payload = cutString(rest)
	return f, size
}

func cutString(b []byte) (s, rest []byte) {
	n := int(binary.BigEndian.Uint16(b)) + 2
	return b[2:n], b[n:]
}

// view is what subscribers of one kind of topic see of a room.
type view interface {
	hub.Format
	payload(dst []byte, e *hub.Entry) []byte // appends nothing for what they do not see
}

// asJSON is the view of rooms/{room}: every logged event as its JSON.
type asJSON struct{}

var _ view = asJSON{}

// Append implements [hub.Format].
func (v asJSON) Append(dst []byte, e *hub.Entry) []byte { return appendView(dst, e, v) }

func (asJSON) payload(dst []byte, e *hub.Entry) []byte { return append(dst, e.JSON...) }

// asText is the view of rooms/{room}/text: messages as lines, for small displays.
type asText struct{}

var _ view = asText{}

// Append implements [hub.Format].
func (v asText) Append(dst []byte, e *hub.Entry) []byte { return appendView(dst, e, v) }

func (asText) payload(dst []byte, e *hub.Entry) []byte {
	ev := &e.Event
	if ev.Type != hub.TypeReceivedMessage || ev.Text == "" {
		return dst
	}
	dst = append(dst, oneLine.Replace(ev.From.Name)...)
	dst = append(dst, ": "...)
	return append(dst, oneLine.Replace(ev.Text)...)
}

// appendView appends the frame of a logged event as v sees it. What is not logged
// has topics of its own.
func appendView(dst []byte, e *hub.Entry, v view) []byte {
	if e.Event.Seq == 0 {
		return dst
	}
	start := len(dst)
	dst = appendHead(dst, &e.Event)
	head := len(dst)
	if dst = v.payload(dst, e); len(dst) == head {
		return dst[:start]
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// oneLine makes spaces of what Unicode calls line breaks.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\v", " ", "\f", " ",
	"\u0085", " ", "\u2028", " ", "\u2029", " ")

func (f *frame) isFrom(scope string) bool { return bytes.Equal(f.origin, []byte(scope)) }
