package websocket

import (
	"bytes"
	"compress/flate"
	"net/http"
	"runtime"
	"strings"

	"hubbub/hub"
)

// Bounds of compression (permessage-deflate, RFC 7692).
const (
	minDeflate = 256  // bytes of a message below which it is not worth it
	deflated   = 0x40 // RSV1 of the first byte of a frame (section 6)
)

// deflater compresses messages one by one: none refers to an earlier one (section
// 7.1.1.1), so that a room's frames are compressed once for all who take them so,
// and nothing is kept per connection. It has a writer for each processor; while all
// are in use, messages go out as they are, so that nobody waits and the memory is
// bounded.
type deflater struct{ free chan *flate.Writer }

func newDeflater() *deflater {
	d := &deflater{make(chan *flate.Writer, runtime.GOMAXPROCS(0))}
	for range cap(d.free) {
		d.free <- nil // made when it is needed
	}
	return d
}

// appendFrame is the function of that name for a peer that takes compressed
// messages.
func (d *deflater) appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	if small, ok := d.deflate(payload); ok {
		return appendFrame(dst, opcode|deflated, small)
	}
	return appendFrame(dst, opcode, payload)
}

// deflate reports whether it made the payload smaller.
func (d *deflater) deflate(payload []byte) (_ []byte, ok bool) {
	if len(payload) < minDeflate {
		return nil, false
	}
	var w *flate.Writer
	select {
	case w = <-d.free:
	default:
		return nil, false
	}
	defer func() { d.free <- w }()
	var out bytes.Buffer
	if w == nil {
		w, _ = flate.NewWriter(&out, flate.BestSpeed) // the level is a valid one
	} else {
		w.Reset(&out)
	}
	_, err := w.Write(payload)
	if err != nil || w.Flush() != nil { // a buffer takes all
		return nil, false
	}
	small := bytes.TrimSuffix(out.Bytes(), []byte{0, 0, 0xFF, 0xFF}) // section 7.2.1
	return small, len(small) < len(payload)
}

// deflatedFrames is the format of textFrames for peers that take compressed
// messages.
type deflatedFrames struct{ *deflater }

// Name implements [hub.NamedFormat].
func (deflatedFrames) Name() string { return "websocket-deflate" }

// Append implements [hub.Format].
func (f deflatedFrames) Append(dst []byte, e *hub.Entry) []byte {
	return f.appendFrame(dst, opText, e.JSON)
}

// offersDeflate reports whether the peer offers compression on terms that can be
// met: a window of another size than 32 KiB cannot (section 7.1.2.1).
func offersDeflate(h http.Header) bool {
	for _, header := range h.Values("Sec-WebSocket-Extensions") {
		for offer := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(offer, ";")
			if strings.TrimSpace(name) == "permessage-deflate" && !strings.Contains(params, "server_max_window_bits") {
				return true
			}
		}
	}
	return false
}
