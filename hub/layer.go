package hub

import "context"

// Layer is what hubs share while they run. All methods may be called
// concurrently, and none waits for a reader, but for a Receive of its own.
type Layer interface {
	Live
	Sequences
	Presence
	Channels
	// Close releases what the layer holds, and ends every Receive that waits.
	// More calls do nothing.
	Close() error
}

// Live carries what happens in rooms to the hubs that listen: a doorbell that
// usually brings the event along. It may lose, repeat and cross events; the
// log is the truth, and seq puts them right.
type Live interface {
	// Listen has what is published to room, from its return on, handed to receive
	// until stop is called. receive must not wait and must not change the entry.
	Listen(ctx context.Context, room string, receive func(*Entry)) (stop func(), err error)
	// Publish hands the entry to all who listen to room, this hub included. It waits
	// for nobody, nor for what carries the entry to other hubs. What one hub
	// publishes to a room arrives in that order.
	Publish(ctx context.Context, room string, e *Entry) error
}

// Sequences number the events of ephemeral rooms, whose events no store keeps. A
// sequence lasts at least as long as somebody listens to the room; one that
// begins anew has another epoch.
type Sequences interface {
	// Sequence returns where the room stands: the seq of its newest event, 0
	// where there was none, and the epoch that it counts in.
	Sequence(ctx context.Context, room string) (head int64, epoch string, err error)
	// PublishNext gives e the room's next seq and hands it to all who listen to
	// the room, as [Live] does. done is told the entry, or why it was not
	// published, once, before or after PublishNext returns; it must not wait.
	PublishNext(ctx context.Context, room string, e Event, done func(*Entry, error))
}

// Presence counts the joined scopes of each user in each room, over all hubs. Those
// of a hub that ended without closing the layer are counted a while longer. A scope
// whose Enter fails does not count, and one whose Exit fails is gone all the same.
type Presence interface {
	// Enter adds a joined scope of p, and reports whether it is p's first here.
	Enter(ctx context.Context, room string, p Participant) (first bool, err error)
	// Exit takes away a joined scope of the user, and reports whether it was
	// the last. A user who is not present is no error.
	Exit(ctx context.Context, room, user string) (last bool, err error)
	// Present returns who is in the room, in the order of their entering, and
	// their number. More than limit users are a number alone. The list is shared:
	// whoever asked must not change it.
	Present(ctx context.Context, room string, limit int) (users []Participant, count int, err error)
}
