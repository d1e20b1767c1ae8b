package http

import (
	"strconv"
	"strings"

	"hubbub/hub"
)

// maxEpoch bounds an epoch's name, in bytes.
const maxEpoch = 64

// position is how far a reader has seen a room's log.
type position struct {
	epoch string // empty trusts the present one
	seq   int64
}

// parsePosition parses epoch:seq, as the ids of a stream's events are, or a bare
// seq. Nothing is no position.
func parsePosition(s string) (*position, error) {
	if s == "" {
		return nil, nil
	}
	var p position
	digits := s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		p.epoch, digits = s[:i], s[i+1:]
	}
	seq, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || len(p.epoch) > maxEpoch || strings.IndexFunc(p.epoch, outside) >= 0 {
		return nil, hub.Errorf(hub.Invalid, "Where you are in a room is a seq, such as 41, or an epoch and a seq, such as the id of a stream's event.")
	}
	p.seq = int64(seq)
	return &p, nil
}

// outside reports whether r cannot be in an epoch: it would not come back in a
// header as it went.
func outside(r rune) bool { return r <= ' ' || r > '~' }

// join returns the room.join that goes on from there, or from the newest events
// where nothing was seen.
func (p *position) join(room string, limit int) hub.Event {
	j := &hub.Join{Limit: limit}
	if p != nil {
		j.Since, j.Epoch = &p.seq, p.epoch
	}
	return hub.Event{Type: hub.TypeRoomJoin, Room: room, Detail: j}
}
