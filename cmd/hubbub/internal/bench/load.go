package bench

import (
	"errors"
	"fmt"
	"time"
)

// Protocol is what a connection speaks.
type Protocol string

// The protocols.
const (
	WebSocket Protocol = "websocket"
	MQTT      Protocol = "mqtt"
)

// Load is the work that is put on a hub. Fields that a kind does not use are
// ignored by it.
type Load struct {
	// Rooms are so many, each with so many Members, of whom so many are Senders.
	// Without Members the senders are in no room, and what is measured is how they
	// are acknowledged.
	Rooms   int `json:"rooms"`
	Members int `json:"members"`
	Senders int `json:"senders"`
	// Joins is how many rooms each connection joins.
	Joins int `json:"joins"`
	// Window is how many messages are under way in each room, where Rate, the
	// messages a second of all rooms together, is 0.
	Window int     `json:"window,omitempty"`
	Rate   float64 `json:"rate,omitempty"`
	// Size is how many bytes of text a message has.
	Size int `json:"size"`
	// Kept has the log of the rooms kept; else they are ephemeral.
	Kept bool `json:"kept"`
	// Refs has each message carry a reference of its own.
	Refs bool `json:"refs"`
	// Read and Publish are what readers and senders speak. Where they differ, the
	// senders are connections of their own, outside of the rooms.
	Read    Protocol `json:"read"`
	Publish Protocol `json:"publish"`
	// QoS is that of MQTT: 0 or 1. What is published at 0 from outside of a room is not
	// answered, and so needs a Rate.
	QoS int `json:"qos"`
	// Connections are those of idle and storm, in Rooms.
	Connections int `json:"connections,omitempty"`
	// Opening is how many connections are being opened at once.
	Opening int `json:"opening"`
	// Warmup passes before Duration is measured.
	Warmup   time.Duration `json:"warmup"`
	Duration time.Duration `json:"duration"`
	// Token is shown by every connection as its identity, where set.
	Token string `json:"-"`
	// Prefix of the rooms' names; each has its number after it.
	Prefix string `json:"prefix"`
}

// minText is what a message's stamp takes.
const minText = stampLen

// withDefaults fills in what is not set.
func (l Load) withDefaults() Load {
	set := func(v *int, to int) {
		if *v == 0 {
			*v = to
		}
	}
	set(&l.Rooms, 1)
	set(&l.Joins, 1)
	set(&l.Size, 128)
	set(&l.Opening, 128)
	if l.Read == "" {
		l.Read = WebSocket
	}
	if l.Publish == "" {
		l.Publish = l.Read
	}
	if l.Duration == 0 {
		l.Duration = 5 * time.Second
	}
	if l.Prefix == "" {
		l.Prefix = PrefixNone
		if l.Kept {
			l.Prefix = PrefixKept
		}
	}
	return l
}

// Prefixes of the names of rooms: a hub that is started here keeps the logs of
// the first alone.
const (
	PrefixKept = "bench.kept."
	PrefixNone = "bench.none."
)

// outside reports whether the senders are in no room.
func (l *Load) outside() bool { return l.Members == 0 || l.Read != l.Publish }

// acknowledged reports whether senders are told that their messages are kept.
func (l *Load) acknowledged() bool { return l.Publish != MQTT || l.QoS > 0 }

// Check says what of a load cannot be done.
func (l Load) Check() error {
	l = l.withDefaults()
	for _, p := range []Protocol{l.Read, l.Publish} {
		if p != WebSocket && p != MQTT {
			return fmt.Errorf("the protocol %q is not known: it is %s or %s", p, WebSocket, MQTT)
		}
	}
	if l.QoS < 0 || l.QoS > 1 {
		return errors.New("the quality of service is 0 or 1")
	}
	return l.checkSizes()
}

func (l *Load) checkSizes() error {
	switch {
	case l.Rooms < 1 || l.Members < 0 || l.Senders < 0:
		return errors.New("a load has at least one room, and no fewer than no members and senders")
	case l.Joins > l.Rooms:
		return fmt.Errorf("a connection cannot join %d of %d rooms", l.Joins, l.Rooms)
	case l.Rooms*l.Members%l.Joins != 0:
		return fmt.Errorf("%d places in rooms are not shared evenly by connections that join %d each", l.Rooms*l.Members, l.Joins)
	case !l.outside() && l.Senders > l.Members:
		return fmt.Errorf("%d senders are more than the %d members of a room", l.Senders, l.Members)
	case l.Size < minText:
		return fmt.Errorf("texts are at least %d bytes: they carry the time", minText)
	case l.outside() && l.Senders > 0 && !l.acknowledged() && l.Rate == 0:
		return errors.New("what is published at QoS 0 from outside of a room has no answer: give a rate, or QoS 1")
	}
	return nil
}
