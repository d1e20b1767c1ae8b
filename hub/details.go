package hub

import "time"

// What single types of events carry beside the common fields. An event's
// Detail is a pointer to the struct named after it.

// Opened is the detail of session.opened, the first event of a connection.
type Opened struct {
	User  Participant `json:"user"`
	Guest string      `json:"guest,omitempty"` // secret that keeps a guest's identity
}

// Join is the detail of room.join.
type Join struct {
	Since *int64   `json:"since,omitempty"` // last seq seen; what came after it is wanted
	Epoch string   `json:"epoch,omitempty"` // history that Since counts in; empty trusts the present one
	Limit int      `json:"limit,omitempty"` // newest events wanted where there is nothing to resume; default 0
	Refs  []string `json:"refs,omitempty"`  // references whose fate the sender does not know

	// Follow has what was missed follow as events of the room, as fast as the
	// reader takes them, instead of inside the answer, whose Head is then Since.
	// An adapter sets it that has no answer to put events in.
	Follow bool `json:"-"`
}

// Follow is the detail of room.follow, which asks for all rooms: see [Hub.Follow]. One
// that names a room is about where a following goes on there.
type Follow struct {
	Next int64 // seq of the first event wanted, in one that names a room
}

// Joined is the detail of room.joined. Events ends at Head, and what comes
// later follows as events of the room: nothing is between the two.
type Joined struct {
	Head      int64    `json:"head"`  // seq of the newest event
	First     int64    `json:"first"` // seq of the oldest event kept; Head+1 in an empty log
	Epoch     string   `json:"epoch"`
	Ephemeral bool     `json:"ephemeral,omitempty"` // the room keeps no log, so that there is nothing to read or to change
	Recovered bool     `json:"recovered"`           // Events is all that came after Since; else the newest page
	Events    []*Entry `json:"events"`
	Present   Present  `json:"present"`
	Kept      []Kept   `json:"kept,omitempty"` // those of Refs that the log holds
}

// Present says who is in a room now. Users is nil in rooms with more than
// [MaxPresent] users; others are told the same list, so it is not to be changed.
type Present struct {
	Count int           `json:"count"`
	Users []Participant `json:"users,omitempty"`

	encoded roster // of Users, as long as nobody has put others there
}

// PresenceChanged is the detail of presence.changed. In rooms with more than
// [MaxPresent] users it is the count alone.
type PresenceChanged struct {
	Count  int           `json:"count"`
	Joined []Participant `json:"joined,omitempty"`
	Left   []string      `json:"left,omitempty"` // ids of users
}

// Member is someone whom a room has admitted.
type Member struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`   // of the admission, UTC, to the millisecond
	Read int64     `json:"read"` // seq up to which the member has read
}

// MembersRequest is the detail of a room.members that a participant sends.
type MembersRequest struct {
	After string `json:"after,omitempty"` // id above which members are wanted
	Limit int    `json:"limit,omitempty"` // at most [MaxPage]; default [DefaultPage]
}

// MemberPage is the detail of the room.members that answers, by id.
type MemberPage struct {
	Members []Member `json:"members"`
	More    bool     `json:"more"`
}

// MemberChanged is the detail of member.changed, which tells a room who were
// admitted or dismissed.
type MemberChanged struct {
	Added   []Participant `json:"added,omitempty"`
	Removed []string      `json:"removed,omitempty"` // ids
}

// Read is the detail of chat.read. It is no seq of the event, which is not logged.
type Read struct {
	Read int64 `json:"read"` // seq up to which From has read
}

// Unread is the detail of room.head: where a room stands that its member has
// not joined.
type Unread struct {
	Room     string `json:"-"`
	Head     int64  `json:"head"`
	Read     int64  `json:"read"`     // seq up to which the member has read
	Unread   int    `json:"unread"`   // messages of others above that, at most [MaxUnread]
	Mentions int    `json:"mentions"` // how many of them name the member
}

// Kept says where the log holds the message of a reference.
type Kept struct {
	Ref string `json:"ref"`
	ID  string `json:"id"`
	Seq int64  `json:"seq"`
}

// HistoryRequest is the detail of a room.history that a participant sends.
// At most one of Before, After and Around may be set; with none it asks for the
// newest page.
type HistoryRequest struct {
	Before *int64 `json:"before,omitempty"` // events below this seq, the newest of them
	After  *int64 `json:"after,omitempty"`  // events above this seq, the oldest of them
	Around string `json:"around,omitempty"` // the event of this id, and those on both sides of it
	Limit  int    `json:"limit,omitempty"`  // at most [MaxPage]; default [DefaultPage]
}

// History is the detail of the room.history that answers, in ascending order.
type History struct {
	Events []*Entry `json:"events"`
	More   bool     `json:"more"` // there is more in the direction asked for; around an event, before the page
}

// Standing is the detail of a chat.received_message that was changed after it
// was sent: the event has the text that stands now. A message that nothing
// changed has no detail.
type Standing struct {
	Rev       int64       `json:"rev"`              // seq of the newest change that is in it
	Edited    int64       `json:"edited,omitempty"` // seq of the edit whose text it has
	Deleted   bool        `json:"deleted,omitempty"`
	Reactions []Reactions `json:"reactions,omitempty"` // in the order of their first use
}

// Reactions are those of one emoji to a message.
type Reactions struct {
	Emoji string   `json:"emoji"`
	Users []string `json:"users"` // ids, in the order of their reacting
}

// Revision is the detail of chat.edited_message and chat.deleted_message.
type Revision struct {
	// Replaces is the seq of the event whose text this took away: the message
	// itself, or the edit before this one. No older event has that text either.
	Replaces int64 `json:"replaces"`
	// Rev is the seq of the later edit or deletion that took this edit's own
	// text away; 0 where it stands.
	Rev int64 `json:"rev,omitempty"`
}

// Reaction is the detail of chat.react and chat.reacted.
type Reaction struct {
	Emoji  string `json:"emoji"`
	Remove bool   `json:"remove,omitempty"`
}

// Press is the detail of chat.press_button and chat.pressed_button.
type Press struct {
	Action string `json:"action"`       // that of one of the message's buttons
	Of     string `json:"of,omitempty"` // id of who sent the message; the hub says it
}

// ChannelMessage is the detail of channel.message. No participant can send one:
// an event of that type that comes from outside has no detail.
type ChannelMessage struct {
	Body []byte `json:"body"` // the consumer's own
}

// Problem is the detail of an error event.
type Problem struct {
	Code    Code   `json:"code"`
	Message string `json:"message"` // what to do about it
}
