package hub

import (
	"slices"
	"strconv"
)

// appendDetail appends a detail as one object, as encoding/json writes it. What a
// connection is told when it opens and joins is encoded by hand, since after a
// restart all come at once; so are pages of the log, whose events are JSON already.
func appendDetail(dst []byte, detail any) []byte {
	switch d := detail.(type) {
	case *Opened:
		dst = appendParticipant(append(dst, `{"user":`...), &d.User)
		return append(appendField(dst, `,"guest":`, d.Guest), '}')
	case *Joined:
		return appendJoined(dst, d)
	case *History:
		dst = slices.Grow(dst, sizeOfEntries(d.Events)+len(`{"events":[],"more":false}`))
		dst = appendEntries(append(dst, `{"events":`...), d.Events)
		return append(strconv.AppendBool(append(dst, `,"more":`...), d.More), '}')
	case *PresenceChanged:
		return appendPresenceChanged(dst, d)
	case *MemberChanged:
		if len(d.Added) > 0 && len(d.Removed) == 0 {
			return append(appendUsers(dst, `{"added":`, d.Added), '}')
		}
	}
	return appendValue(dst, detail)
}

// aboutUser is about how many bytes a user is as JSON.
const aboutUser = 96

func appendJoined(dst []byte, d *Joined) []byte {
	const names = 192 // about what is beside the events and the users
	dst = slices.Grow(dst, names+len(d.Epoch)+sizeOfEntries(d.Events)+aboutUser*len(d.Present.Users))
	dst = strconv.AppendInt(append(dst, `{"head":`...), d.Head, 10)
	dst = strconv.AppendInt(append(dst, `,"first":`...), d.First, 10)
	dst = appendText(append(dst, `,"epoch":`...), d.Epoch)
	if d.Ephemeral {
		dst = append(dst, `,"ephemeral":true`...)
	}
	dst = strconv.AppendBool(append(dst, `,"recovered":`...), d.Recovered)
	dst = appendEntries(append(dst, `,"events":`...), d.Events)
	dst = strconv.AppendInt(append(dst, `,"present":{"count":`...), int64(d.Present.Count), 10)
	if r := &d.Present.encoded; r.lists(d.Present.Users) {
		dst = append(append(append(dst, `,"users":[`...), r.json...), ']', '}')
	} else {
		dst = append(appendUsers(dst, `,"users":`, d.Present.Users), '}')
	}
	if len(d.Kept) > 0 {
		dst = appendValue(append(dst, `,"kept":`...), d.Kept)
	}
	return append(dst, '}')
}

func appendPresenceChanged(dst []byte, d *PresenceChanged) []byte {
	dst = strconv.AppendInt(append(dst, `{"count":`...), int64(d.Count), 10)
	dst = appendUsers(dst, `,"joined":`, d.Joined)
	for i, id := range d.Left {
		if i == 0 {
			dst = append(dst, `,"left":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendText(dst, id)
	}
	if len(d.Left) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendUsers appends a field of users, unless there are none.
func appendUsers(dst []byte, name string, users []Participant) []byte {
	if len(users) == 0 {
		return dst
	}
	dst = append(append(dst, name...), '[')
	for i := range users {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendParticipant(dst, &users[i])
	}
	return append(dst, ']')
}

func appendParticipant(dst []byte, p *Participant) []byte {
	dst = appendText(append(dst, `{"id":`...), p.ID)
	dst = appendText(append(dst, `,"name":`...), p.Name)
	dst = appendText(append(dst, `,"kind":`...), string(p.Kind))
	return append(appendField(dst, `,"via":`, p.Via), '}')
}

func appendEntries(dst []byte, entries []*Entry) []byte {
	if entries == nil {
		return append(dst, `null`...)
	}
	dst = append(dst, '[')
	for i, e := range entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, e.JSON...)
	}
	return append(dst, ']')
}

func sizeOfEntries(entries []*Entry) int {
	size := len(entries) // commas
	for _, e := range entries {
		size += len(e.JSON)
	}
	return size
}
