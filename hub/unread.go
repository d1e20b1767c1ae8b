package hub

import "bytes"

// Count adds the event e to what the user has not read. Stores call it, or
// [Unread.CountJSON].
func (u *Unread) Count(e *Event, user, name string) {
	if u.counts(e, user) {
		u.add(callsIn(e.Text), user, name)
	}
}

// counts reports whether e is one more that the user has not read.
func (u *Unread) counts(e *Event, user string) bool {
	if e.Type != TypeReceivedMessage || e.From.ID == user {
		return false
	}
	s, ok := e.Detail.(*Standing)
	return !ok || !s.Deleted
}

// add counts a message with these calls. Where too much is unread to be counted, a
// mention still is one.
func (u *Unread) add(calls []string, user, name string) {
	u.Unread = min(u.Unread+1, MaxUnread)
	if u.Mentions < MaxUnread && named(calls, user, name) {
		u.Mentions++
	}
}

// What AppendJSON begins a message with, and what only few messages hold.
var (
	messageBegins = []byte(`{"type":"` + TypeReceivedMessage + `"`)
	changedHolds  = []byte(`"rev":`)
	mentionHolds  = []byte(`@`)
)

// CountJSON is [Unread.Count] for an event that is not the user's own, as
// [AppendJSON] wrote it. Most are counted without being parsed. It keeps nothing
// of body.
func (u *Unread) CountJSON(body []byte, user, name string) {
	if !bytes.HasPrefix(body, messageBegins) || u.Unread == MaxUnread {
		return
	}
	if !bytes.Contains(body, mentionHolds) && !bytes.Contains(body, changedHolds) {
		u.Unread++
		return
	}
	if e, err := ParseEvent(body); err == nil {
		u.Count(&e, user, name)
	}
}
