package websocket_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"testing"

	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/chat"
)

// BenchmarkPublish is what a message costs on its whole way, from the bytes of a
// sender's socket to the acknowledgement and to two readers, of whom the sender is
// one, with four under way. The peers allocate nothing.
func BenchmarkPublish(b *testing.B) {
	for _, ephemeral := range []bool{true, false} {
		b.Run(fmt.Sprint("ephemeral=", ephemeral), func(b *testing.B) {
			h := newHub(b, hub.NewMemoryLayer(), hub.Options{Gap: -1, Policy: func(string) hub.Policy { return hub.Policy{Ephemeral: ephemeral} }})
			_, url := serve(b, websocket.Chat(chat.New(h)), websocket.Options{})
			ada, bob := enter(b, url, "ada"), enter(b, url, "bob")
			for _, c := range []*client{ada, bob} {
				c.say(`{"type":"room.join","room":"lobby"}`)
				c.await(hub.TypeRoomJoined)
			}
			ada.await(hub.TypePresenceChanged) // with which bob has come
			go func() { _, _ = io.Copy(io.Discard, bob.NetConn()) }()

			const window = 4
			body := `{"type":"chat.send_message","room":"lobby","text":"` + "a text of some usual length, as people write" + `"}`
			say := append([]byte{0x81, 0x80 | byte(len(body)), 0, 0, 0, 0}, body...)
			frames := bufio.NewReader(ada.NetConn())
			b.ReportAllocs()
			b.ResetTimer()
			for said, heard := 0, 0; heard < 2*b.N; heard++ { // each is acknowledged and heard
				for ; said < b.N && 2*said <= heard+2*(window-1); said++ {
					if _, err := ada.NetConn().Write(say); err != nil {
						b.Fatal(err)
					}
				}
				if err := discardFrame(frames); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// discardFrame reads a frame of a server's.
func discardFrame(r *bufio.Reader) error {
	head, err := r.Peek(4)
	if err != nil {
		return err
	}
	size := 2 + int(head[1])
	if head[1] == 126 {
		size = 4 + int(binary.BigEndian.Uint16(head[2:]))
	}
	_, err = r.Discard(size)
	return err
}
