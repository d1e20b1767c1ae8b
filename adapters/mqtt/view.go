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

// Filters over all rooms: rooms/+, and the same with a suffix, and rooms/#, which is
// about all views but the text, since a client that has the events needs no lines.
const (
	anyRoom = "+"
	allOf   = root + "#"
)

// filtersOf returns the filters that match the view's topic of a room.
func filtersOf(room string, v view) []string {
	filters := []string{v.topic(room), v.topic(anyRoom), allOf}
	if v.isText() {
		filters = filters[:2]
	}
	return filters
}

// parseFilter returns what a filter is about; the room is [anyRoom] where that is all
// of them. rooms/# counts as a filter of the events.
func parseFilter(name string) (room string, v view, err error) {
	if name == allOf {
		return anyRoom, viewEvents, nil
	}
	if room, v, ok := parseTopic(name); ok && room == anyRoom {
		return room, v, nil
	}
	return roomTopic(name)
}

// isWild reports whether a filter is about all rooms.
func isWild(name string) bool {
	room, _, err := parseFilter(name)
	return err == nil && room == anyRoom
}
