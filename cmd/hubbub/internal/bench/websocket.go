package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/url"
	"strconv"
)

// webSocket is RFC 6455 as a client speaks it, as far as a hub makes use of it:
// texts in one frame. The mask is zeros, which costs a server the same as any.
type webSocket struct {
	load   *Load
	host   string
	name   string // of the guest
	resume string // more of the query, such as where to go on from

	upgraded bool
}

const (
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xa
)

func (w *webSocket) hello(dst []byte, join int) []byte {
	w.upgraded = false
	dst = append(dst, "GET /ws"...)
	if join >= 0 {
		dst = append(dst, "/rooms/"...)
		dst = append(dst, w.load.Prefix...)
		dst = strconv.AppendInt(dst, int64(join), 10)
	}
	dst = append(dst, "?name="...)
	dst = append(dst, url.QueryEscape(w.name)...)
	dst = append(dst, w.resume...)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(dst, w.host...)
	if w.load.Token != "" {
		dst = append(dst, "\r\nAuthorization: Bearer "...)
		dst = append(dst, w.load.Token...)
	}
	return append(dst, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: aHVidWIgYmVuY2ggbG9hZA==\r\n\r\n"...)
}

func (w *webSocket) scan(b []byte) (packet, int, error) {
	if !w.upgraded {
		return w.scanUpgrade(b)
	}
	head, size := frameHead(b)
	if head == 0 {
		return packet{}, 0, nil
	}
	if b[0]&0xf0 != 0x80 || b[1]&0x80 != 0 || size < 0 || size > maxPacket {
		return packet{}, 0, errProtocol
	}
	if len(b) < head+size {
		return packet{}, 0, nil
	}
	body := b[head : head+size]
	switch b[0] & 0x0f {
	case opText:
		return packet{kind: kindOf(body), body: body}, head + size, nil
	case opPing:
		return packet{reply: appendFrame(nil, opPong, body)}, head + size, nil
	case opClose:
		reason := "the hub closed the connection"
		if size > 2 {
			reason = fmt.Sprintf("the hub closed the connection: %d %s", binary.BigEndian.Uint16(body), body[2:])
		}
		return packet{kind: over, body: []byte(reason)}, head + size, nil
	}
	return packet{}, head + size, nil
}

// frameHead returns the size of the head of the frame that b begins with and of
// its body. The head is 0 where it has not come whole.
func frameHead(b []byte) (head, size int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch size = int(b[1] & 0x7f); {
	case size < 126:
		return 2, size
	case size == 126 && len(b) >= 4:
		return 4, int(binary.BigEndian.Uint16(b[2:]))
	case size == 127 && len(b) >= 10:
		return 10, int(binary.BigEndian.Uint64(b[2:]))
	default:
		return 0, 0
	}
}

// maxPacket bounds what is waited for to come whole.
const maxPacket = 4 << 20

func (w *webSocket) scanUpgrade(b []byte) (packet, int, error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	switch {
	case end < 0 && len(b) > maxPacket:
		return packet{}, 0, errProtocol
	case end < 0:
		return packet{}, 0, nil
	case !bytes.HasPrefix(b, []byte("HTTP/1.1 101 ")):
		status, _, _ := bytes.Cut(b, []byte("\r\n"))
		detail, _ := text(b[end:], []byte(`"detail":"`))
		return packet{}, 0, fmt.Errorf("the hub answers %s. %s", status, detail)
	}
	w.upgraded = true
	return packet{kind: opened}, end + 4, nil
}

// kindOf tells what an event is by its first bytes: hubs write the type first.
func kindOf(body []byte) kind {
	const prefix = `{"type":"`
	if len(body) < len(prefix)+8 {
		return nothing
	}
	typ := body[len(prefix):]
	switch {
	case bytes.HasPrefix(typ, []byte("chat.received_message")):
		return delivered
	case bytes.HasPrefix(typ, []byte("chat.sent_message")):
		return acked
	case bytes.HasPrefix(typ, []byte("session.opened")):
		return greeted
	case bytes.HasPrefix(typ, []byte("room.joined")):
		return joined
	case bytes.HasPrefix(typ, []byte("room.gap")):
		return skipped
	case bytes.HasPrefix(typ, []byte(`error"`)):
		return complained
	}
	return nothing
}

func (w *webSocket) join(dst []byte, room int) []byte {
	body := append([]byte(`{"type":"room.join","room":"`), w.load.Prefix...)
	body = strconv.AppendInt(body, int64(room), 10)
	return appendFrame(dst, opText, append(body, `"}`...))
}

func (w *webSocket) publish(dst []byte, room int, ref, text []byte) []byte {
	var number [20]byte
	digits := strconv.AppendInt(number[:0], int64(room), 10)
	const a, b, c, d = `{"type":"chat.send_message","room":"`, `","ref":"`, `","text":"`, `"}`
	size := len(a) + len(w.load.Prefix) + len(digits) + len(c) + len(text) + len(d)
	if len(ref) > 0 {
		size += len(b) + len(ref)
	}
	dst = appendHead(dst, opText, size)
	dst = append(dst, a...)
	dst = append(dst, w.load.Prefix...)
	dst = append(dst, digits...)
	if len(ref) > 0 {
		dst = append(dst, b...)
		dst = append(dst, ref...)
	}
	dst = append(dst, c...)
	dst = append(dst, text...)
	return append(dst, d...)
}

func appendFrame(dst []byte, op byte, body []byte) []byte {
	return append(appendHead(dst, op, len(body)), body...)
}

// appendHead appends the head of a masked frame whose mask changes nothing.
func appendHead(dst []byte, op byte, size int) []byte {
	switch {
	case size < 126:
		dst = append(dst, 0x80|op, 0x80|byte(size))
	case size < 1<<16:
		dst = append(dst, 0x80|op, 0x80|126, byte(size>>8), byte(size))
	default:
		dst = append(dst, 0x80|op, 0x80|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(size))
	}
	return append(dst, 0, 0, 0, 0)
}
