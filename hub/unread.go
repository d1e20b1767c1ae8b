package hub

// Count adds the event e to what the user has not read. Stores call it.
func (u *Unread) Count(e *Event, user, name string) {
	if e.Type != TypeReceivedMessage || e.From.ID == user || u.Unread == MaxUnread {
		return
	}
	if s, ok := e.Detail.(*Standing); ok && s.Deleted {
		return
	}
	u.Unread++
	if Mentions(e.Text, user, name) {
		u.Mentions++
	}
}
