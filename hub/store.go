package hub

import (
	"context"
	"time"
)

// Store is the durable truth. All methods may be called concurrently. What
// they refuse they refuse with an *[Error]; any other error is a fault of the
// storage, and the hub answers it as [Unavailable]. A fault that participants
// may be told more of is an *[Error] of that code with the cause in Err, which
// is for the hub's log and says what the operator can do.
type Store interface {
	Log
	Members
	States
	// Close ends what is under way, commits what was accepted and releases
	// the storage. Calls after it fail.
	Close() error
}

// Log keeps the rooms and their events.
type Log interface {
	// OpenRoom returns the room, and makes it where create is set. Without
	// create, a room that does not exist is [NotFound].
	OpenRoom(ctx context.Context, name string, create bool) (RoomInfo, error)
	// Rooms returns at most limit rooms by name, from above the name after on.
	Rooms(ctx context.Context, after string, limit int) ([]RoomInfo, error)
	// Append asks for a to be committed to the logs of its rooms, which must
	// exist. It waits only for its turn (until ctx ends), not for the commit.
	// Where it returns nil, a.Done is called exactly once.
	Append(ctx context.Context, a Append) error
	// ReadAfter returns the oldest events above the seq after, at most limit,
	// in ascending order, and whether the log holds more above them. A page
	// ends early, after at least one event, when it grows past [MaxPageBytes].
	ReadAfter(ctx context.Context, room string, after int64, limit int) (page []*Entry, more bool, err error)
	// ReadBefore returns the newest events below the seq before, likewise in
	// ascending order, and whether the log holds more below them.
	ReadBefore(ctx context.Context, room string, before int64, limit int) (page []*Entry, more bool, err error)
	// Trim takes the oldest events that keep does not keep out of the log, not
	// more than a commit can take without making others wait, and returns the
	// room's row then and whether there are more to take. Neither seq nor, as far
	// as [RefWindow] goes, refs are forgotten with them.
	Trim(ctx context.Context, room string, keep Keep) (info RoomInfo, more bool, err error)
	// DeleteRoom ends the room: its log with all that was said, its members, their
	// marks and its refs. What was appended before has its outcome before; what
	// comes after is [NotFound], until the room is made again: with another epoch,
	// from seq 1 on. A room that does not exist is [NotFound].
	DeleteRoom(ctx context.Context, name string) error
	// Kept returns where the log holds those of the sender's refs that it
	// holds, as far back as [RefWindow] promises.
	Kept(ctx context.Context, room, sender string, refs []string) ([]Kept, error)
}

// Members keeps whom a room has admitted, and how far each has read. A room
// that does not exist is [NotFound].
type Members interface {
	// Admit makes p a member of the room and reports whether it was none. One
	// who was is known by p's name and kind from then on.
	Admit(ctx context.Context, room string, p Participant) (added bool, err error)
	// Dismiss ends a membership and reports whether there was one.
	Dismiss(ctx context.Context, room, user string) (removed bool, err error)
	// Members returns at most limit of the room's members, by id, from above
	// the id after on, and whether there are more.
	Members(ctx context.Context, room, after string, limit int) (page []Member, more bool, err error)
	// MarkRead says that the member has read the room's log up to seq, or to its
	// head where that is lower. It returns where the mark is, which never goes
	// back, and whether it moved. One who is no member is [Forbidden].
	MarkRead(ctx context.Context, room, user string, seq int64) (mark int64, moved bool, err error)
	// Unread returns what the user, a member of each of the rooms returned, has
	// not read in them, by name of the room. It counts messages of others that
	// were not deleted, at most [MaxUnread] in each room and those that it finds
	// among the newest [UnreadDepth] events; those are mentions that [Mentions]
	// name. No rooms named are the first [MaxPage] of all.
	Unread(ctx context.Context, user, name string, rooms ...string) ([]Unread, error)
}

// MaxUnread is how far unread messages are counted.
const MaxUnread = 100

// UnreadDepth is how many of a room's newest events are looked at to count them.
const UnreadDepth = 10 * MaxUnread

// States keeps small values by key: cursors of bots, conversations, secrets.
type States interface {
	// State returns the value of key, nil where there is none.
	State(ctx context.Context, key string) ([]byte, error)
	// SetState commits rows in one transaction. A nil value deletes its key.
	SetState(ctx context.Context, rows ...State) error
}

// State is a small durable value.
type State struct {
	Key   string
	Value []byte
}

// AllRooms returns all rooms by name, which it reads by pages.
func AllRooms(ctx context.Context, log Log) ([]RoomInfo, error) {
	var all []RoomInfo
	for after := ""; ; after = all[len(all)-1].Name {
		page, err := log.Rooms(ctx, after, MaxPage)
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(page) < MaxPage {
			return all, nil
		}
	}
}

// RoomInfo is a room's row.
type RoomInfo struct {
	Name  string
	Title string
	Head  int64  // seq of the newest event, 0 in a log that never had one
	First int64  // seq of the oldest event kept; Head+1 where none is
	Epoch string // names this history of the log
}

// Append is what goes into a log in one commit: an event, mostly.
type Append struct {
	// Event is complete but for Seq and At, which the store gives. It gives another
	// ID too where this one is not above those in the room's log.
	Event Event
	// Then follows Event in the same commit, in its room or in others: a turn of
	// several events. What refuses one of them refuses all.
	Then []Event
	// State is committed in the same transaction, or not at all; it is not
	// written where Event repeats an earlier one.
	State []State
	// Done is told the outcome. It is called from a goroutine of the store,
	// for one room in the order of seq, and must not wait.
	Done func(Appended, error)
}

// Appended is the outcome of an [Append].
type Appended struct {
	// Entry is the event as the log holds it.
	Entry *Entry
	// Then is what followed it. In a repetition those are nil that the log does
	// not know by a ref.
	Then []*Entry
	// Repeated says that the sender's ref was used before for the same
	// content: Entry is the earlier event, and nothing was written. A ref used
	// for other content is the error [Conflict].
	Repeated bool
}

// Keep says how much of a log is kept. What one of the two does not keep goes; a
// zero one keeps all.
type Keep struct {
	Events int64         // the newest ones, by number
	Age    time.Duration // those that are younger
}

// MaxPageBytes is where a page read from a log ends.
const MaxPageBytes = 1 << 20

// RefWindow says how far back a sender's ref is remembered: as long as one of
// the two holds.
const (
	RefWindow      = 10 * time.Minute
	RefWindowCount = 100_000 // events of the room
)
