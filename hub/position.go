package hub

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
)

// maxEpoch bounds an epoch's name, in bytes.
const maxEpoch = 64

// Position is how far a reader has seen a room's log.
type Position struct {
	Epoch string // empty trusts the present one
	Seq   int64
}

// ParsePosition parses epoch:seq, or a bare seq. Nothing is no position, nil. The
// error is [Invalid].
func ParsePosition(s string) (*Position, error) {
	if s == "" {
		return nil, nil
	}
	var p Position
	digits := s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		p.Epoch, digits = s[:i], s[i+1:]
	}
	seq, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || len(p.Epoch) > maxEpoch || strings.IndexFunc(p.Epoch, notInEpoch) >= 0 {
		return nil, Errorf(Invalid, "Where you are in a room is a seq, such as 41, or an epoch and a seq with a colon between.")
	}
	p.Seq = int64(seq)
	return &p, nil
}

// String returns epoch:seq, as ParsePosition parses it.
func (p Position) String() string { return p.Epoch + ":" + strconv.FormatInt(p.Seq, 10) }

// notInEpoch reports whether r would not come back in a header as it went.
func notInEpoch(r rune) bool { return r <= ' ' || r > '~' }

// ParseJoin returns the room.join that the query of a URL asks for: since (a seq, or
// epoch:seq), epoch and limit, all of which may be missing. The error is [Invalid].
func ParseJoin(room string, q url.Values) (Event, error) {
	j := &Join{}
	e := Event{Type: TypeRoomJoin, Room: room, Detail: j}
	at, err := ParsePosition(q.Get("since"))
	if err != nil {
		return e, err
	}
	if at != nil {
		j.Since, j.Epoch = &at.Seq, cmp.Or(at.Epoch, q.Get("epoch"))
	}
	if j.Limit, err = strconv.Atoi(cmp.Or(q.Get("limit"), "0")); err != nil {
		return e, Errorf(Invalid, "limit is a number from 0 to %d.", MaxPage)
	}
	return e, nil
}
