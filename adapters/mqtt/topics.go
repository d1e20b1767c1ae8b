package mqtt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mochi-mqtt/server/v2/packets"
)

// root is where the hub's topics are. Nothing below it ever enters mochi.
const root = "rooms/"

// printable reports whether s is text that may be a topic or an id: UTF-8 without
// control characters (MQTT 5, 1.5.4, lets a server refuse them).
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// maxLevels bounds the levels of a topic: finding one in a tree takes its depth.
const maxLevels = 128

// sharePrefix begins a subscription that is shared (MQTT 5, 4.8.2).
const sharePrefix = "$share/"

// routeTopic says whether the consumer serves a topic, or it is an ordinary one, or
// why no client may publish to it.
func routeTopic(topic string) (ours bool, refused *Ack) {
	switch {
	case !printable(topic):
		return false, refusal(packets.ErrTopicNameInvalid, "A topic is UTF-8 without control characters.")
	case strings.Count(topic, "/") >= maxLevels:
		return false, refusal(packets.ErrTopicNameInvalid, "A topic has at most 128 levels.")
	case strings.HasPrefix(topic, "$"):
		return false, refusal(packets.ErrNotAuthorized, "Topics that start with $ are the server's.")
	}
	return strings.HasPrefix(topic, root), nil
}

// routeFilter says the same of a filter. "#" is an ordinary one: nothing of a
// room is there for it to match.
func routeFilter(filter string) (ours bool, refused *Ack) {
	if !printable(filter) {
		return false, refusal(packets.ErrTopicFilterInvalid, "A filter is UTF-8 without control characters.")
	}
	if strings.Count(filter, "/") >= maxLevels {
		return false, refusal(packets.ErrTopicFilterInvalid, "A filter has at most 128 levels.")
	}
	shared := strings.HasPrefix(filter, sharePrefix)
	share, filter := cutShare(filter)
	switch {
	case !wellFormed(filter):
		return false, refusal(packets.ErrTopicFilterInvalid, "A filter is not empty, + is a whole level of it, and # is the last one.")
	case shared && (share == "" || strings.ContainsAny(share, "+#")):
		return false, refusal(packets.ErrTopicFilterInvalid, "A shared subscription is $share/name/filter.")
	case strings.HasPrefix(filter, "$"):
		return false, refusal(packets.ErrNotAuthorized, "Topics that start with $ are the server's.")
	case !reachesRooms(filter):
		return false, nil
	case shared:
		return false, refusal(packets.ErrSharedSubscriptionsNotSupported, "Subscriptions to rooms cannot be shared.")
	case strings.ContainsAny(filter, "+#") && !isWild(filter):
		return false, refusal(packets.ErrWildcardSubscriptionsNotSupported, "Wildcards over rooms are rooms/+, rooms/# and rooms/+ with /text, /presence or /typing.")
	}
	return true, nil
}

// reachesRooms reports whether filter is below [root], or matches what may be a
// room's: rooms/{room} or rooms/{room}/{view}.
func reachesRooms(filter string) bool {
	first, rest, below := strings.Cut(filter, "/")
	if !below || first != "+" {
		return strings.HasPrefix(filter, root)
	}
	_, view, more := strings.Cut(rest, "/")
	if !more {
		return true
	}
	switch view {
	case "+", "#", "text", "presence", "typing", "+/#":
		return true
	}
	return false
}

// wellFormed reports whether filter is one (MQTT 5, 4.7.1).
func wellFormed(filter string) bool {
	for rest, more := filter, filter != ""; more; {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if level == "#" && !more || level == "+" {
			continue
		}
		if strings.ContainsAny(level, "+#") {
			return false
		}
	}
	return filter != ""
}
