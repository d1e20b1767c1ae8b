package mqtt

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"hubbub/hub"
)

// parsePayload makes a chat.send_message of what was published to rooms/{room}:
// a JSON object with fields of a message is that message, any other object is its
// data, and all else is its text. The error is [hub.Invalid].
func parsePayload(payload []byte) (hub.Event, error) {
	if len(payload) > 0 && payload[0] == '{' {
		if e, ok := hub.ParseText(payload); ok {
			return e, nil
		}
	}
	return parseAny(payload)
}

// parseAny is parsePayload for what is not as nearly all objects are.
func parseAny(payload []byte) (hub.Event, error) {
	e, err := parseText(payload)
	if err != nil {
		return e, err
	}
	fields := fieldsOf(payload)
	if fields == nil {
		return e, nil
	}
	e.Text = ""
	known := false
	for _, f := range []struct {
		name string
		to   any
	}{
		{"text", &e.Text}, {"ref", &e.Ref}, {"data", &e.Data}, {"reply_to", &e.ReplyTo}, {"buttons", &e.Buttons},
	} {
		value, ok := fields[f.name]
		if !ok {
			continue
		}
		known = true
		if err := json.Unmarshal(value, f.to); err != nil {
			return e, wrongType(f.name, err)
		}
	}
	switch {
	case !known:
		e.Data = bytes.TrimSpace(payload)
	case bytes.Equal(e.Data, []byte("null")):
		e.Data = nil
	}
	return e, nil
}

// fieldsOf returns the fields of a JSON object, nil where payload is none.
func fieldsOf(payload []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if !bytes.HasPrefix(bytes.TrimSpace(payload), []byte{'{'}) || json.Unmarshal(payload, &fields) != nil {
		return nil
	}
	return fields
}

// parseText makes a chat.send_message of plain text, for rooms/{room}/text.
func parseText(payload []byte) (hub.Event, error) {
	switch {
	case len(payload) == 0:
		return hub.Event{}, hub.Errorf(hub.Invalid, "The payload is empty. Publish text, or a JSON object.")
	case !utf8.Valid(payload):
		return hub.Event{}, hub.Errorf(hub.Invalid, "The payload must be UTF-8: text, or a JSON object.")
	}
	return hub.Event{Type: hub.TypeSendMessage, Text: string(payload)}, nil
}

func wrongType(field string, err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field != "" {
			field += "." + wrong.Field
		}
		return hub.Errorf(hub.Invalid, "The field %s cannot be a %s.", field, wrong.Value)
	}
	return hub.Errorf(hub.Invalid, "The field %s is not what it should be.", field)
}
