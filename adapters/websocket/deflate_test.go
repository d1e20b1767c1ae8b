package websocket_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"

	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
)

const extensions = "Sec-Websocket-Extensions"

// dialCompressed offers compression and returns the server's answer too.
func dialCompressed(t *testing.T, url string) (c *client, answer string) {
	t.Helper()
	ws, res, err := (&gorilla.Dialer{EnableCompression: true}).Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &client{ws, t}, res.Header.Get(extensions)
}

// Those who offer compression get it and those who do not, do not; they share a
// room, and what they say and hear is the same.
func TestCompressedMessages(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{Compress: true})
	wire := hubtest.NewProxy(t, strings.TrimPrefix(url, "ws://"))
	ada, answer := dialCompressed(t, "ws://"+wire.Addr()+"?name=ada")
	if !strings.Contains(answer, "permessage-deflate") || !strings.Contains(answer, "server_no_context_takeover") {
		t.Errorf("answered %q", answer)
	}
	bob := enter(t, url, "bob")
	for _, c := range []*client{ada, bob} {
		c.say(`{"type":"room.join","room":"lobby"}`)
		c.await(hub.TypeRoomJoined)
	}
	long := strings.Repeat("kettle? ", 1000)
	plain := wire.Lose(hubtest.ToClient, long[:100]) // were it to pass as it is
	ada.say(`{"type":"chat.send_message","room":"lobby","text":"%s"}`, long)
	for _, c := range []*client{ada, bob} {
		if e := c.await(hub.TypeReceivedMessage); e.Text != long {
			t.Errorf("heard %.100q", e.Text)
		}
	}
	ada.say(`{"type":"room.history","room":"lobby"}`)
	if h := ada.await(hub.TypeRoomHistory).Detail.(*hub.History); len(h.Events) != 1 || h.Events[0].Event.Text != long {
		t.Errorf("read %+v", h)
	}
	select {
	case <-plain:
		t.Error("it was not compressed")
	default:
	}
}

// Pings, answers, frames of rooms, short and long, compressible and not, of many at
// once: no byte of one lands in another.
func TestCompressedMessagesNeverMix(t *testing.T) {
	const senders, each = 4, 60
	_, _, url := newChat(t, websocket.Options{Compress: true, Ping: 2 * time.Second})
	var all sync.WaitGroup
	var clients []*client
	for n := range senders {
		c, _ := dialCompressed(t, fmt.Sprintf("%s?name=s%d", url, n))
		c.say(`{"type":"room.join","room":"lobby"}`)
		c.await(hub.TypeRoomJoined)
		clients = append(clients, c)
	}
	for n, c := range clients {
		all.Go(func() {
			go func() {
				random := rand.New(rand.NewPCG(uint64(n), 1))
				for i := range each {
					text := strings.Repeat("kettle? ", random.IntN(2000))
					if i%3 == 0 {
						text = fmt.Sprintf("%x", random.Uint64())
					}
					c.say(`{"type":"chat.send_message","room":"lobby","text":"%s.","ref":"r%d"}`, text, i)
				}
			}()
			seen, sent := 0, 0
			for seen < senders*each || sent < each {
				switch e := c.next(); e.Type {
				case hub.TypeReceivedMessage:
					seen++
				case hub.TypeSentMessage:
					sent++
				case hub.TypeError:
					t.Errorf("answered %+v", e.Detail)
					return
				}
			}
		})
	}
	all.Wait()
}

// What is small on its way and large when it is there ends the connection before it
// is read.
func TestACompressedMessageThatGrows(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{Compress: true})
	c, _ := dialCompressed(t, url+"?name=ada")
	if err := c.WriteMessage(gorilla.TextMessage, bytes.Repeat([]byte(" "), 4<<20)); err != nil { // 4 kB
		t.Fatal(err)
	}
	if code := c.closed(); code != gorilla.CloseMessageTooBig {
		t.Errorf("closed with %d", code)
	}
}

// What is compressed may say that it ends before its frames do. Whoever is read with
// the same library later has nothing to do with what is left of them.
func TestACompressedMessageThatEndsEarly(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{Compress: true, Rest: time.Millisecond})
	var payload bytes.Buffer
	w, err := flate.NewWriter(&payload, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(`{"type":"room.list"}`))
	_ = w.Close() // with the mark of the last block
	const text, compressed, last, mask = 0x1, 0x40, 0x80, "\x00\x00\x00\x00"
	for _, head := range []string{
		string([]byte{text | compressed, last | byte(payload.Len())}) + mask,                  // in the first of several frames
		string([]byte{last | text | compressed, last | 126, 60000 >> 8, 60000 & 0xFF}) + mask, // in a frame with more in it
	} {
		for range 8 {
			bad, _ := dialCompressed(t, url+"?name=eve")
			if _, err := bad.UnderlyingConn().Write([]byte(head + payload.String())); err != nil {
				t.Fatal(err)
			}
			bad.await(hub.TypeRoomList)
		}
		for range 8 {
			good, _ := dialCompressed(t, url+"?name=ada")
			good.say(`{"type":"room.list"}`)
			good.await(hub.TypeRoomList)
		}
	}
}

// Compression is off unless it is wanted, and terms that cannot be kept are not
// agreed to.
func TestCompressionIsNegotiated(t *testing.T) {
	_, _, off := newChat(t, websocket.Options{})
	_, _, on := newChat(t, websocket.Options{Compress: true})
	for _, test := range []struct {
		url, offer string
		want       bool
	}{
		{off, "permessage-deflate", false},
		{on, "", false},
		{on, "x-other", false},
		{on, "permessage-deflate", true},
		{on, "permessage-deflate; client_max_window_bits", true},
		{on, "permessage-deflate; server_max_window_bits=10", false},
		{on, "permessage-deflate; server_max_window_bits=10, permessage-deflate", true},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(test.url, "ws")+"?name=ada", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13",
			"Sec-Websocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", extensions: test.offer,
		} {
			r.Header.Set(key, value)
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got := res.Header.Get(extensions) != ""; res.StatusCode != http.StatusSwitchingProtocols || got != test.want {
			t.Errorf("%q: %s, %q", test.offer, res.Status, res.Header.Get(extensions))
		}
	}
}

// Whatever a peer sends compressed, the connection ends or goes on as it should.
func FuzzCompressedMessages(f *testing.F) {
	var valid bytes.Buffer
	w, _ := flate.NewWriter(&valid, 1)
	_, _ = w.Write([]byte(`{"type":"room.list"}`))
	_ = w.Flush()
	f.Add(valid.Bytes())
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte{})
	h := hub.New(&hubtest.Endless{}, hub.NewMemoryLayer(), hub.Options{})
	f.Cleanup(h.Close)
	_, url := serve(f, websocket.Chat(chat.New(h)), websocket.Options{Compress: true})
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > 1<<16 {
			return
		}
		c, _ := dialCompressed(t, url+"?name=ada")
		frame := []byte{0x80 | 0x40 | 0x1, 0x80 | 126}
		frame = binary.BigEndian.AppendUint16(frame, uint16(min(len(payload), 0xFFFF)))
		frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing
		if _, err := c.UnderlyingConn().Write(append(frame, payload[:min(len(payload), 0xFFFF)]...)); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, _, _ = c.ReadMessage() // session.opened
		if _, _, err := c.ReadMessage(); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatalf("neither an answer nor an end: %v", err)
		}
	})
}
