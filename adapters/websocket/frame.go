package websocket

import (
	"encoding/binary"

	"hubbub/hub"
)

// Opcodes of frames that the server writes (RFC 6455, section 5.2).
const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xA
	final    = 0x80
)

// closeSlow is the close code of a peer that did not keep up, as far as it can be
// told: one that takes nothing at all is cut off without, and sees 1006.
const closeSlow = 4001

// appendFrame appends a whole, unmasked frame (RFC 6455, section 5.2).
func appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	dst = append(dst, final|opcode)
	switch n := len(payload); {
	case n <= 125:
		dst = append(dst, byte(n))
	case n <= 0xFFFF:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, payload...)
}

// closeFrame returns a close frame; a control frame's payload is at most 125
// bytes (RFC 6455, section 5.5).
func closeFrame(code int, reason string) []byte {
	if len(reason) > 123 {
		reason = reason[:123]
	}
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return appendFrame(nil, opClose, append(payload, reason...))
}

// textFrames is the format of a room's events as text frames of JSON.
type textFrames struct{}

func (textFrames) Append(dst []byte, e *hub.Entry) []byte {
	return appendFrame(dst, opText, e.JSON)
}
