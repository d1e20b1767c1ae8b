package websocket

import (
	"bytes"
	"testing"

	"hubbub/hub"
)

// The event of a frame is read again, whatever its size.
func TestTheEventOfAFrame(t *testing.T) {
	for _, size := range []int{2, 125, 126, 1000, 1<<16 - 1, 1 << 16} {
		body := bytes.Repeat([]byte("x"), size)
		frame := textFrames{}.Append([]byte("before"), &hub.Entry{JSON: body})[len("before"):]
		if got := (textFrames{}).EventJSON(frame); !bytes.Equal(got, body) {
			t.Errorf("of %d bytes %d are read, that begin with %q", size, len(got), got[:min(len(got), 4)])
		}
	}
}
