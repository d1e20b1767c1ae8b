package http

import (
	"strconv"

	"hubbub/hub"
)

// sseFrames is the format of a room's events as those of a stream (HTML standard,
// section 9.2). The id of a logged one is epoch:seq. They have no name of their
// own, so that a browser hands all of them to onmessage.
type sseFrames struct{ epoch string }

var _ hub.EpochFormat = sseFrames{}

// Name implements [hub.NamedFormat].
func (sseFrames) Name() string { return "sse" }

// InEpoch implements [hub.EpochFormat].
func (sseFrames) InEpoch(epoch string) hub.Format { return sseFrames{epoch} }

// Append implements [hub.Format].
func (f sseFrames) Append(dst []byte, e *hub.Entry) []byte {
	if e.Event.Seq > 0 {
		dst = f.appendID(dst, e.Event.Seq)
	}
	return appendData(dst, e.JSON)
}

func (f sseFrames) appendID(dst []byte, seq int64) []byte {
	dst = append(append(dst, "id: "...), f.epoch...) // as hub.ParsePosition reads it
	return append(strconv.AppendInt(append(dst, ':'), seq, 10), '\n')
}

// appendData ends an event with its JSON, which has no line breaks.
func appendData(dst, json []byte) []byte {
	dst = append(append(dst, "data: "...), json...)
	return append(dst, "\n\n"...)
}

// sseEvent returns an event that is not of the log.
func sseEvent(e *hub.Event) []byte { return appendData(nil, hub.AppendJSON(nil, e)) }

// joined returns the event that a stream begins with. A reader that is cut off
// right after it goes on from its head.
func (f sseFrames) joined(e *hub.Event, head int64) []byte {
	return appendData(f.appendID(nil, head), hub.AppendJSON(nil, e))
}
