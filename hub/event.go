package hub

import (
	"encoding/json"
	"time"
)

// Types of the chat events, the language that all participants share.
// The table in the README says who sends which.
const (
	TypeSessionOpened   = "session.opened"
	TypeRoomJoin        = "room.join"
	TypeRoomJoined      = "room.joined"
	TypeRoomLeave       = "room.leave"
	TypeRoomLeft        = "room.left"
	TypeRoomFollow      = "room.follow" // of adapters only; no participant can send one
	TypeRoomHistory     = "room.history"
	TypePresenceChanged = "presence.changed"
	TypeSendMessage     = "chat.send_message"
	TypeSentMessage     = "chat.sent_message"
	TypeReceivedMessage = "chat.received_message"
	TypeEditMessage     = "chat.edit_message"
	TypeEditedMessage   = "chat.edited_message"
	TypeDeleteMessage   = "chat.delete_message"
	TypeDeletedMessage  = "chat.deleted_message"
	TypeReact           = "chat.react"
	TypeReacted         = "chat.reacted"
	TypePressButton     = "chat.press_button"
	TypePressedButton   = "chat.pressed_button"
	TypeTyping          = "chat.typing"
	TypeMarkRead        = "chat.mark_read"
	TypeRead            = "chat.read"
	TypeRoomMembers     = "room.members"
	TypeRoomList        = "room.list"
	TypeRoomCommands    = "room.commands"
	TypeMemberChanged   = "member.changed"
	TypeRoomAdded       = "room.added"
	TypeRoomRemoved     = "room.removed"
	TypeRoomHead        = "room.head"
	TypeRoomGap         = "room.gap"
	TypeRestarting      = "server.restarting" // the hub is about to end all connections
	TypeOK              = "ok"                // answers what needs no more of an answer
	TypeChannelMessage  = "channel.message"   // came through the scope's channel
	TypeError           = "error"
	TypeDamaged         = "log.damaged" // stands where a log holds what cannot be read
)

// Event is one thing that happened. It is a value: whoever is handed one may
// change the copy, but not what Data, Buttons and Detail point to.
//
// The fields are those that logged events need; what only one type of event
// carries is in Detail.
type Event struct {
	Type    string          // dotted: "chat.received_message"
	Room    string          // the room's name; empty where an event is not of a room
	ID      string          // lower-case ULID, given by the hub
	Seq     int64           // place in the room's log, from 1; 0 for events that are not logged
	At      time.Time       // the store's clock, UTC, to the millisecond
	From    Participant     // who sent it; zero where nobody did
	Ref     string          // the sender's own reference, at most [MaxRef] bytes
	Target  string          // id of the message that the event is about
	Text    string          // what was said; valid UTF-8
	Data    json.RawMessage // any JSON beside or instead of the text
	ReplyTo string          // id of the message that this one answers
	Buttons []Button        // what a reader may press
	Detail  any             // what only this type carries: see details.go, and protocol_*.go

	// Tag is an adapter's own mark on a command. What answers the command
	// carries it back, and so do the events that follow a join; it is never served.
	Tag uint64
	// Origin is the id of the scope that sent a logged event. The log keeps
	// it, so that MQTT's No Local can be honoured; it is never served.
	Origin string
}

// Participant is a user as the others in a room see it.
type Participant struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Via  string `json:"via,omitempty"` // protocol: "websocket", "mqtt", "http", "bot"
}

// Kind says what a participant is.
type Kind string

// The kinds of participants.
const (
	Person Kind = "person" // has an account
	Guest  Kind = "guest"  // holds a secret given at entry
	Device Kind = "device" // speaks for a machine
	Bot    Kind = "bot"    // written in config
)

// Button is something that a message lets its readers press.
type Button struct {
	Action string `json:"action"` // what chat.press_button sends back
	Label  string `json:"label"`  // what is written on it
}

// Entry is an event together with its JSON, which is made once and shared by
// all who serve it. An Entry is immutable and safe for concurrent use.
type Entry struct {
	Event Event
	JSON  []byte // the event as AppendJSON writes it
}

// NewEntry encodes e.
func NewEntry(e Event) *Entry {
	entry := &Entry{Event: e}
	entry.JSON = AppendJSON(make([]byte, 0, aboutSize(&e)), &e)
	return entry
}

// aboutSize is how large e's JSON is, where nothing in it has to be escaped and it
// has no detail.
func aboutSize(e *Event) int {
	const names = 192 // of the fields, and what is of one length
	return names + len(e.Type) + len(e.Room) + len(e.ID) + len(e.From.ID) + len(e.From.Name) +
		len(e.Ref) + len(e.Target) + len(e.Text) + len(e.Data) + len(e.ReplyTo)
}

// ParseEntry makes the entry of an event that a log kept as JSON.
func ParseEntry(body []byte) (*Entry, error) {
	e, err := ParseEvent(body)
	if err != nil {
		return nil, err
	}
	return &Entry{Event: e, JSON: body}, nil
}

// MarshalJSON returns the entry's JSON as it is.
func (e *Entry) MarshalJSON() ([]byte, error) { return e.JSON, nil }

// UnmarshalJSON is for clients that read entries inside answers. An entry holds
// no answer in turn.
func (e *Entry) UnmarshalJSON(body []byte) error {
	ev, err := parse(body, loggedDetail)
	if err != nil {
		return err
	}
	e.Event, e.JSON = ev, append([]byte(nil), body...)
	return nil
}
