package bench

import "errors"

// wire is a protocol as a client speaks it on one connection. What is read is
// valid until the next read.
type wire interface {
	// hello appends what opens the connection. join is the room that it is to join
	// with that, -1 for none.
	hello(dst []byte, join int) []byte
	// scan takes the first whole packet of b apart, and returns how many bytes it
	// is; 0 where it has not come whole.
	scan(b []byte) (packet, int, error)
	// join appends what joins a room.
	join(dst []byte, room int) []byte
	// publish appends a message to a room. ref may be empty.
	publish(dst []byte, room int, ref, text []byte) []byte
}

// packet is what a hub said.
type packet struct {
	kind kind
	body []byte // the event's JSON, or what is said of an error
	// reply is what the protocol wants answered at once, such as a pong.
	reply []byte
}

type kind int

const (
	nothing    kind = iota // of no interest
	opened                 // the connection is
	greeted                // session.opened
	joined                 // a room was
	delivered              // an event of a room's log
	skipped                // room.gap
	acked                  // a message of this connection was
	complained             // an error event
	over                   // the hub closes the connection
)

var errProtocol = errors.New("the hub says what this tool does not understand")
