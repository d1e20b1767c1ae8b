package mqtt

import "hubbub/hub"

// ready is a room's events as packets that go out as they are: at QoS 0, and with no
// more than every subscriber gets. Clients that want nothing else share their bytes;
// all others are given the frames of [asEvents] or [asText], and packets of their own.
type ready struct {
	text   bool // as [asText], else the events' JSON
	v5     bool // MQTT 5
	socket bool // each in a frame, for a WebSocket
}

var _ hub.NamedFormat = ready{}

// Name implements [hub.NamedFormat].
func (f ready) Name() string {
	if f.text {
		return asText{}.Name()
	}
	return asEvents{}.Name()
}

// Append implements [hub.Format].
func (f ready) Append(dst []byte, e *hub.Entry) []byte {
	v, ok := eventView(&e.Event)
	payload := e.JSON
	if f.text {
		v, ok = viewText, hasLine(&e.Event)
		if ok {
			payload = appendLine(nil, &e.Event)
		}
	}
	if !ok || !v.logged() {
		return dst
	}
	out := envelope{v5: f.v5, topic: v.topic(e.Event.Room)}
	var mem [256]byte
	var props []byte
	if f.v5 {
		props = appendProps(mem[:0], &e.Event)
	}
	if f.socket {
		dst = appendFrameHeader(dst, frameBinary, out.size(props, payload))
	}
	return out.append(dst, 0, props, payload)
}

// fits reports whether the client gets all events that the lanes show as they are, and
// would if it took some of its filters away.
func (f ready) fits(to *peer, lanes []lane) bool {
	if len(lanes) != 1 || to.maxPacket > 0 {
		return false
	}
	l := &lanes[0]
	return l.view.logged() && !l.deaf && l.all.qos == 0 && len(l.all.identifiers) == 0
}

// readyFormat returns the format of the packets that the client shares with others.
func (s *session) readyFormat(at spot) ready {
	return ready{text: at.text, v5: s.peer.v5, socket: s.link.socket != nil}
}
