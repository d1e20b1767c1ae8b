package hub

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Default limits of what a participant may send.
const (
	DefaultMaxText  = 16 << 10 // bytes of a message's text
	DefaultMaxEvent = 64 << 10 // bytes of an event's JSON
	maxButtons      = 25
	maxButtonText   = 80 // bytes of a label or an action
	maxDepth        = 64 // of the JSON in data
)

// message makes msg the event that the room gets for the chat.send_message e of
// scope s, or says what is wrong with it. Only what a sender may say is taken over.
func (h *Hub) message(s *Scope, e, msg *Event) error {
	if err := h.checkMessage(e); err != nil {
		return err
	}
	*msg = Event{
		Type:    TypeReceivedMessage,
		Room:    e.Room,
		ID:      NewID(),
		From:    s.Participant(),
		Ref:     e.Ref,
		Text:    e.Text,
		Data:    e.Data,
		ReplyTo: e.ReplyTo,
		Buttons: e.Buttons,
		Origin:  s.ID,
	}
	// Escaping makes a byte six at most: only what comes near the limit is
	// measured.
	if 6*len(e.Text)+len(e.Data)+len(e.Buttons)*maxButtonText*12 > h.opts.MaxEvent-1024 && len(AppendJSON(nil, msg)) > h.opts.MaxEvent {
		return tooLarge(h.opts.MaxEvent)
	}
	return nil
}

func tooLarge(limit int) error {
	return Errorf(TooLarge, "The event is larger than %d bytes of JSON. Send it in parts.", limit)
}

// validData reports whether data is JSON that can be read again inside of the
// JSON of an event, whose depth parsers bound. Nothing is valid too.
func validData(data json.RawMessage) bool {
	if len(data) == 0 {
		return true
	}
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return utf8.Valid(data) && json.Valid(data)
}

func (h *Hub) checkMessage(e *Event) error {
	if err := CheckRef(e.Ref); err != nil {
		return err
	}
	if err := h.checkText(e.Text); err != nil {
		return err
	}
	switch {
	case e.Text == "" && len(e.Data) == 0:
		return Errorf(Invalid, "A message needs text or data.")
	case len(e.Text)+len(e.Data) > h.opts.MaxEvent:
		return tooLarge(h.opts.MaxEvent)
	case !validData(e.Data):
		return Errorf(Invalid, "data must be JSON that is nested at most %d deep.", maxDepth)
	case len(e.ReplyTo) > MaxRef || !printable(e.ReplyTo):
		return Errorf(Invalid, "reply_to is the id of a message.")
	}
	return checkButtons(e.Buttons)
}

func (h *Hub) checkText(text string) error {
	switch {
	case len(text) > h.opts.MaxText:
		return Errorf(TooLarge, "The text is %d bytes; at most %d are allowed. Send it in parts.", len(text), h.opts.MaxText)
	case !utf8.ValidString(text):
		return Errorf(Invalid, "The text must be valid UTF-8.")
	case strings.ContainsRune(text, 0):
		return Errorf(Invalid, "The text cannot hold the character U+0000.")
	default:
		return nil
	}
}

func checkButtons(buttons []Button) error {
	if len(buttons) > maxButtons {
		return Errorf(Invalid, "A message has at most %d buttons.", maxButtons)
	}
	for _, b := range buttons {
		for _, s := range []string{b.Action, b.Label} {
			if s == "" || len(s) > maxButtonText || !printable(s) {
				return Errorf(Invalid, "A button's action and label are 1 to %d bytes of text.", maxButtonText)
			}
		}
	}
	return nil
}
