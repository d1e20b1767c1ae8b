package mqtt

import (
	"strings"

	"hubbub/hub"
)

// view is what one of a room's topics shows of it.
type view byte

const (
	viewEvents   view = iota // rooms/{room}: every event of the log
	viewPresence             // rooms/{room}/presence: who comes and goes
	viewTyping               // rooms/{room}/typing: who writes
	viewText                 // rooms/{room}/text: messages as lines
	views
)

// suffixes are what the topics of the views have after the room.
var suffixes = [views]string{"", "/presence", "/typing", "/text"}

// topic returns the view's topic of a room, or its filter where room is a wildcard.
func (v view) topic(room string) string { return root + room + suffixes[v] }

// isText says that the view is of the text format; all others share one.
func (v view) isText() bool { return v == viewText }

// logged says that the view shows events of the log, which are delivered as often
// as their QoS says. Those of the others are told at most once, at QoS 0.
func (v view) logged() bool { return v == viewEvents || v == viewText }

// parseTopic returns what a topic below [root] names. The room is as it is
// written there: maybe none's name.
func parseTopic(topic string) (room string, v view, ok bool) {
	room, _, more := strings.Cut(strings.TrimPrefix(topic, root), "/")
	if !more {
		return room, viewEvents, true
	}
	for v := viewPresence; v < views; v++ {
		if topic == v.topic(room) {
			return room, v, true
		}
	}
	return room, 0, false
}

// errNoTopic refuses a topic that is none of a room's.
var errNoTopic = hub.Errorf(hub.NotFound,
	"The topics here are rooms/{room}, rooms/{room}/text, /presence and /typing. A room's name is 1 to %d of a-z 0-9 . _ - and starts with a letter or digit.",
	hub.MaxRoomName)

// roomTopic returns the room and the view of a topic that is of a room.
func roomTopic(topic string) (room string, v view, err error) {
	room, v, ok := parseTopic(topic)
	if !ok || hub.CheckRoomName(room) != nil {
		return "", 0, errNoTopic
	}
	return room, v, nil
}

// filtersOf returns the filters that match the view's topic of a room.
func filtersOf(room string, v view) []string {
	return []string{v.topic(room)}
}
