package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// TimeLayout is how an event's time is written: RFC 3339, UTC, milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// wire is the JSON of the common fields, in the order in which it is written.
type wire struct {
	Type    string          `json:"type"`
	Room    string          `json:"room,omitempty"`
	ID      string          `json:"id,omitempty"`
	Seq     int64           `json:"seq,omitempty"`
	At      string          `json:"at,omitempty"`
	From    *Participant    `json:"from,omitempty"`
	Ref     string          `json:"ref,omitempty"`
	Target  string          `json:"target,omitempty"`
	Text    string          `json:"text,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	ReplyTo string          `json:"reply_to,omitempty"`
	Buttons []Button        `json:"buttons,omitempty"`
}

func newWire(e *Event) *wire {
	w := &wire{
		Type: e.Type, Room: e.Room, ID: e.ID, Seq: e.Seq, Ref: e.Ref, Target: e.Target,
		Text: e.Text, Data: e.Data, ReplyTo: e.ReplyTo, Buttons: e.Buttons,
	}
	if !e.At.IsZero() {
		w.At = e.At.UTC().Format(TimeLayout)
	}
	if e.From.ID != "" {
		from := e.From // e itself would be on the heap, whatever is in it
		w.From = &from
	}
	return w
}

// AppendJSON appends e as one JSON object without line breaks. The fields of
// the detail stand beside the common ones.
func AppendJSON(dst []byte, e *Event) []byte {
	dst = appendCommon(dst, e)
	if e.Detail == nil {
		return dst
	}
	comma := len(dst) - 1 // where the common fields' brace closes
	dst = appendDetail(dst[:comma], e.Detail)
	if len(dst) == comma+len("{}") {
		dst[comma] = '}'
		return dst[:comma+1]
	}
	dst[comma] = ','
	return dst
}

// appendValue appends v's JSON. The values are structs of ours, whose only
// foreign part is Data, which was valid JSON when it was parsed.
func appendValue(dst []byte, v any) []byte {
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("hub: encode %T: %v", v, err))
	}
	return buf.Bytes()[:buf.Len()-1] // without the encoder's line break
}

// MarshalJSON returns the event as [AppendJSON] writes it.
func (e Event) MarshalJSON() ([]byte, error) { return AppendJSON(nil, &e), nil }

// ParseEvent parses one JSON object as an event that a hub sends. Fields that
// it does not know are ignored; the detail of an event that has one is always
// set. The error is [Invalid]; the event returned beside it holds what could be
// read.
func ParseEvent(body []byte) (Event, error) { return parse(body, answerDetail) }

// ParseCommand is [ParseEvent] for what a participant sends: it makes nothing
// of what only hubs say. It keeps nothing of body.
func ParseCommand(body []byte) (Event, error) {
	if e, ok := parseMessage(body); ok {
		return e, nil
	}
	return parse(body, commandDetail)
}

func parse(body []byte, newDetail func(typ string, body []byte) any) (Event, error) {
	var w wire
	if !utf8.Valid(body) {
		return Event{}, Errorf(Invalid, "An event is JSON in UTF-8.")
	}
	err := json.Unmarshal(body, &w)
	e := Event{
		Type: w.Type, Room: w.Room, ID: w.ID, Seq: w.Seq, Ref: w.Ref, Target: w.Target,
		Text: w.Text, Data: w.Data, ReplyTo: w.ReplyTo, Buttons: w.Buttons,
	}
	if err != nil {
		return e, parseError(err)
	}
	if bytes.Equal(w.Data, []byte("null")) {
		e.Data = nil
	}
	if w.From != nil {
		e.From = *w.From
	}
	if w.At != "" {
		if e.At, err = time.Parse(time.RFC3339, w.At); err != nil {
			return e, Errorf(Invalid, "The field at must be a time in RFC 3339.")
		}
	}
	if w.Type == "" {
		return e, Errorf(Invalid, `An event needs a type, such as {"type":"chat.send_message",…}.`)
	}
	if e.Detail = newDetail(w.Type, body); e.Detail != nil {
		if err := json.Unmarshal(body, e.Detail); err != nil {
			return e, parseError(err)
		}
		if s, ok := e.Detail.(*Standing); ok && s.Rev == 0 {
			e.Detail = nil
		}
	}
	return e, nil
}

// commandDetail returns an empty detail for commands of type typ, nil for types
// that have none.
func commandDetail(typ string, _ []byte) any {
	switch typ {
	case TypeRoomJoin:
		return new(Join)
	case TypeRoomHistory:
		return new(HistoryRequest)
	case TypeRoomMembers:
		return new(MembersRequest)
	case TypeRoomList:
		return new(RoomsRequest)
	case TypeReact:
		return new(Reaction)
	case TypePressButton:
		return new(Press)
	default:
		return nil
	}
}

// loggedDetail does so for the events of a log.
func loggedDetail(typ string, body []byte) any {
	switch typ {
	case TypeReceivedMessage:
		// The text of a message cannot hold this, its data can.
		if bytes.Contains(body, []byte(`"rev":`)) {
			return new(Standing)
		}
	case TypeEditedMessage, TypeDeletedMessage:
		return new(Revision)
	case TypeReacted:
		return new(Reaction)
	case TypePressedButton:
		return new(Press)
	}
	return nil
}

// answerDetail does so for what hubs send.
func answerDetail(typ string, body []byte) any {
	switch typ {
	case TypeRoomJoined:
		return new(Joined)
	case TypeMemberChanged:
		return new(MemberChanged)
	case TypeRead:
		return new(Read)
	case TypeRoomGap:
		return new(Gap)
	case TypeRoomHead:
		return new(Unread)
	case TypePresenceChanged:
		return new(PresenceChanged)
	case TypeSessionOpened:
		return new(Opened)
	case TypeError:
		return new(Problem)
	}
	if d := loggedDetail(typ, body); d != nil {
		return d
	}
	if d := pageDetail(typ, body); d != nil {
		return d
	}
	return commandDetail(typ, body)
}

// pageDetail does so for words that are a question and an answer.
func pageDetail(typ string, body []byte) any {
	has := func(field string) bool { return bytes.Contains(body, []byte(field)) }
	switch {
	case typ == TypeRoomHistory && has(`"events":`):
		return new(History)
	case typ == TypeRoomMembers && has(`"members":`):
		return new(MemberPage)
	case typ == TypeRoomList && has(`"rooms":`):
		return new(RoomPage)
	case typ == TypeRoomCommands && has(`"commands":`):
		return new(Commands)
	default:
		return nil
	}
}

func parseError(err error) *Error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		return Errorf(Invalid, "The field %s cannot be a %s.", wrongType.Field, wrongType.Value)
	}
	return Errorf(Invalid, "An event is one JSON object, such as {\"type\":\"chat.send_message\",…}.")
}
