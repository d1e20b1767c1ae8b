package bench

import "bytes"

// event is what is read of an event that a hub sends: no more than tells which
// one it is, and how late.
type event struct {
	room   int // its number
	seq    int64
	sender int // -1 where there is no stamp: the event is of others
	sent   int64
}

var (
	fieldRoom      = []byte(`"room":"`)
	fieldSeq       = []byte(`"seq":`)
	fieldText      = []byte(`"text":"~`)
	fieldHead      = []byte(`"head":`)
	fieldEpoch     = []byte(`"epoch":"`)
	fieldGuest     = []byte(`"guest":"`)
	fieldEvents    = []byte(`"events":[`)
	fieldRecovered = []byte(`"recovered":true`)
	fieldAfter     = []byte(`"after":`)
	fieldNext      = []byte(`"next":`)
)

// scanEvent reads an event from its JSON, whose fields come in the order in
// which hubs write them. It looks for them by their bytes: a text could hold the
// like, but only after them.
func scanEvent(b []byte) (e event, ok bool) {
	name, rest := text(b, fieldRoom)
	if name == nil {
		return event{}, false
	}
	e.room = roomNumber(name)
	i := bytes.Index(rest, fieldSeq)
	if i < 0 {
		return event{}, false
	}
	rest = rest[i+len(fieldSeq):]
	if e.seq, ok = number(rest); !ok {
		return event{}, false
	}
	e.sender = -1
	if i = bytes.Index(rest, fieldText); i >= 0 {
		if sender, sent, ok := stampAt(rest[i+len(fieldText)-1:]); ok {
			e.sender, e.sent = sender, sent
		}
	}
	return e, true
}

// text returns the string of the field, and what comes after it.
func text(b, field []byte) (value, rest []byte) {
	_, rest, _ = bytes.Cut(b, field)
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil, b
	}
	return rest[:end], rest[end:]
}

// integer returns the number of the field.
func integer(b, field []byte) (int64, bool) {
	_, rest, _ := bytes.Cut(b, field)
	return number(rest)
}

// roomNumber returns the number that a room's name ends with, -1 where there is
// none.
func roomNumber(name []byte) int {
	n, ok := digits(name[bytes.LastIndexByte(name, '.')+1:])
	if !ok {
		return -1
	}
	return int(n)
}
