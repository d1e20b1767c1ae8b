package hub

import (
	"bytes"
	"unicode/utf8"
)

// parseMessage parses a chat.send_message that is as nearly all are: an object of
// strings without escapes, under names of its own fields. It reports false where
// anything else is in it, be it right or wrong: then encoding/json says what it
// is. So it accepts nothing that [parse] does not, and makes the same of it.
//
// The event's strings share one copy of the body.
func parseMessage(body []byte) (Event, bool) {
	e, ok := parseFields(body)
	if !ok || e.Type != TypeSendMessage {
		return Event{}, false
	}
	e.Type = TypeSendMessage // the constant, so that the type alone keeps nothing of the body
	return e, true
}

// ParseText is such a short cut for adapters whose clients send what a chat.send_message
// says, and name its room otherwise: it makes one of an object with a text and maybe a
// ref and a reply_to, all of them strings without escapes. Of anything else, be it
// right or wrong, it makes nothing.
func ParseText(body []byte) (Event, bool) {
	e, ok := parseFields(body)
	if !ok || e.Type != "" || e.Room != "" || e.Text == "" {
		return Event{}, false
	}
	e.Type = TypeSendMessage
	return e, true
}

func parseFields(body []byte) (Event, bool) {
	if !utf8.Valid(body) {
		return Event{}, false
	}
	p := messageParser{body: body, copy: string(body)}
	if !p.take('{') {
		return Event{}, false
	}
	var e Event
	for more := true; more; more = p.take(',') {
		if !p.field(&e) {
			return Event{}, false
		}
	}
	if !p.take('}') || p.space() {
		return Event{}, false
	}
	return e, true
}

// field passes over a name and a string, which it puts into e.
func (p *messageParser) field(e *Event) bool {
	name, ok := p.text()
	if !ok || !p.take(':') {
		return false
	}
	value, ok := p.text()
	switch {
	case !ok:
		return false
	case name == "type":
		e.Type = value
	case name == "room":
		e.Room = value
	case name == "ref":
		e.Ref = value
	case name == "text":
		e.Text = value
	case name == "reply_to":
		e.ReplyTo = value
	default:
		return false
	}
	return true
}

// messageParser is somewhere in what it parses.
type messageParser struct {
	body []byte
	copy string // of the body; what is found is a part of it
	at   int
}

// space passes over white space, and reports whether something follows.
func (p *messageParser) space() bool {
	for ; p.at < len(p.body); p.at++ {
		switch p.body[p.at] {
		case ' ', '\t', '\n', '\r':
		default:
			return true
		}
	}
	return false
}

// take passes over c, if that is what follows.
func (p *messageParser) take(c byte) bool {
	if !p.space() || p.body[p.at] != c {
		return false
	}
	p.at++
	return true
}

// text passes over a string, and returns what is in it. One with escapes is none.
func (p *messageParser) text() (string, bool) {
	if !p.take('"') {
		return "", false
	}
	size := bytes.IndexByte(p.body[p.at:], '"')
	if size < 0 {
		return "", false
	}
	begin, end := p.at, p.at+size
	p.at = end + 1
	ok, _ := plain(p.body[begin:end])
	return p.copy[begin:end], ok
}
