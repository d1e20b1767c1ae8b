package websocket

import (
	"encoding/binary"
	"strings"

	"github.com/gorilla/websocket"

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

// appendFrame appends a whole, unmasked frame (RFC 6455, section 5.2).
func appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	return append(appendHead(dst, opcode, len(payload)), payload...)
}

// appendHead appends what comes before n bytes of payload.
func appendHead(dst []byte, opcode byte, n int) []byte {
	dst = append(dst, final|opcode)
	switch {
	case n <= 125:
		return append(dst, byte(n))
	case n <= 0xFFFF:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
}

const maxHead = 10

// closeHead makes a frame of b, whose payload comes after maxHead bytes.
func closeHead(b []byte, opcode byte) []byte {
	var head [maxHead]byte
	n := len(appendHead(head[:0], opcode, len(b)-maxHead))
	copy(b[maxHead-n:], head[:n])
	return b[maxHead-n:]
}

// Close codes of ours, beside those of RFC 6455, section 7.4.
const (
	// A peer that did not keep up, as far as it can be told: one that takes
	// nothing at all is cut off without, and sees 1006.
	closeSlow     = 4001
	closeTryLater = 1013 // registered with IANA
)

// endFrame returns the close frame that tells why a scope ended, nil for an end
// as it should be.
func endFrame(cause error) []byte {
	if cause == nil {
		return closeFrame(websocket.CloseNormalClosure, "")
	}
	p := hub.ProblemOf(cause)
	code := websocket.ClosePolicyViolation
	switch p.Code {
	case hub.Slow:
		code = closeSlow
	case hub.TooLarge:
		code = websocket.CloseMessageTooBig
	case hub.RateLimited, hub.Unavailable:
		code = closeTryLater
	case hub.Internal:
		code = websocket.CloseInternalServerErr
	}
	return closeFrame(code, p.Message)
}

// slowFrame is never changed.
var slowFrame = closeFrame(closeSlow, "did not keep up; connect again and resume")

// closeFrame returns a close frame; a control frame's payload is at most 125
// bytes (RFC 6455, section 5.5).
func closeFrame(code int, reason string) []byte {
	if len(reason) > 123 {
		reason = strings.ToValidUTF8(reason[:123], "") // a character that was cut would be an error of the protocol
	}
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return appendFrame(nil, opClose, append(payload, reason...))
}

// textFrames is the format of a room's events as text frames of JSON.
type textFrames struct{}

// Name implements [hub.NamedFormat].
func (textFrames) Name() string { return "websocket" }

func (textFrames) Append(dst []byte, e *hub.Entry) []byte {
	return appendFrame(dst, opText, e.JSON)
}

// EventJSON implements [hub.EventFormat].
func (textFrames) EventJSON(frame []byte) []byte {
	switch frame[1] {
	case 126:
		return frame[4:]
	case 127:
		return frame[10:]
	default:
		return frame[2:]
	}
}
