package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
)

// SameContent reports whether two logged events say the same, so that the
// second use of a ref repeats the first and is no conflict. Stores call it.
func SameContent(a, b *Event) bool { return bytes.Equal(content(a), content(b)) }

// ContentSum returns what is kept of what an event said when it was sent, after
// a change took that away: two events with one sum are the same content.
func ContentSum(e *Event) [sha256.Size]byte { return sha256.Sum256(content(e)) }

// content returns what the sender of an event decides, in one form.
func content(e *Event) []byte {
	said := Event{Type: e.Type, Text: e.Text, Target: e.Target, ReplyTo: e.ReplyTo, Buttons: e.Buttons, Data: e.Data}
	switch d := e.Detail.(type) {
	case *Reaction:
		said.Detail = d
	case *Press:
		said.Detail = &Press{Action: d.Action}
	}
	body := AppendJSON(nil, &said)
	if len(e.Data) == 0 {
		return body
	}
	var buf bytes.Buffer
	if json.Compact(&buf, body) != nil {
		return body
	}
	return buf.Bytes()
}
