package redis

import (
	"encoding/binary"
	"errors"

	"hubbub/hub"
)

// An event travels as the version, the id of the hub that published it, the length
// of the event's origin as a uvarint, the origin, and the event's JSON.
const (
	wireVersion = '1'
	idLength    = 26 // of rand.Text
)

var errWire = errors.New("redis: not an event of a version that this hub knows")

func appendWire(dst []byte, id string, e *hub.Entry) []byte {
	dst = append(dst, wireVersion)
	dst = append(dst, id...)
	dst = binary.AppendUvarint(dst, uint64(len(e.Event.Origin)))
	dst = append(dst, e.Event.Origin...)
	return append(dst, e.JSON...)
}

// sender returns the id of the hub that published an event.
func sender(wire string) (string, error) {
	if len(wire) < 1+idLength || wire[0] != wireVersion {
		return "", errWire
	}
	return wire[1 : 1+idLength], nil
}

// parseWire returns the event.
func parseWire(wire string) (*hub.Entry, error) {
	if _, err := sender(wire); err != nil {
		return nil, err
	}
	body := []byte(wire[1+idLength:])
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
	return e, nil
}
