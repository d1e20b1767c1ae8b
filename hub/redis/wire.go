package redis

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"hubbub/hub"
)

// An event travels as the version, the id of the hub that published it, the length
// of the event's origin as a uvarint, the origin, and the event's JSON.
const (
	wireVersion  = '1'
	wireNumbered = '2' // the server puts the seq, in decimal, and a line break behind the id
	idLength     = 26  // of rand.Text
)

var errWire = errors.New("redis: not an event of a version that this hub knows")

func appendWire(dst []byte, id string, e *hub.Entry) []byte {
	dst = append(dst, wireVersion)
	dst = append(dst, id...)
	return append(appendOrigin(dst, e.Event.Origin), e.JSON...)
}

// numberedWire returns what stands before and behind the seq of an event that the
// server numbers.
func numberedWire(id string, e *hub.Event) (begin, rest []byte) {
	begin = append([]byte{wireNumbered}, id...)
	return begin, hub.AppendJSON(appendOrigin(nil, e.Origin), e)
}

func appendOrigin(dst []byte, origin string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(origin))), origin...)
}

// sender returns the id of the hub that published an event.
func sender(wire string) (string, error) {
	if len(wire) < 1+idLength || wire[0] != wireVersion && wire[0] != wireNumbered {
		return "", errWire
	}
	return wire[1 : 1+idLength], nil
}

// parseWire returns the event.
func parseWire(wire string) (*hub.Entry, error) {
	if _, err := sender(wire); err != nil {
		return nil, err
	}
	rest := wire[1+idLength:]
	var seq int64
	if wire[0] == wireNumbered {
		number, behind, ok := strings.Cut(rest, "\n")
		var err error
		if seq, err = strconv.ParseInt(number, 10, 64); err != nil || !ok || seq < 1 {
			return nil, errWire
		}
		rest = behind
	}
	body := []byte(rest)
	length, n := binary.Uvarint(body)
	if n <= 0 || length > uint64(len(body)-n) {
		return nil, errWire
	}
	origin, body := body[n:n+int(length)], body[n+int(length):]
	e, err := hub.ParseEntry(body)
	if err != nil {
		return nil, err
	}
	e.Event.Origin = string(origin)
	if seq != 0 {
		e.Event.Seq = seq
		return hub.NewEntry(e.Event), nil
	}
	return e, nil
}
