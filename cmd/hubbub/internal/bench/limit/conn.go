package limit

import (
	"bytes"
	"net"
	"slices"
	"sync"

	"github.com/gorilla/websocket"
)

// conn is a WebSocket connection.
type conn struct {
	server *server
	ws     *websocket.Conn
	net    net.Conn

	mu    sync.Mutex // of what is written
	rooms []*room
}

func (c *conn) write(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.net.Write(b) // its own reader sees that it is broken
}

func (c *conn) read() {
	for {
		_, body, err := c.ws.ReadMessage()
		if err != nil {
			c.leave()
			return
		}
		c.handle(body)
	}
}

// leave takes the connection out of all rooms.
func (c *conn) leave() {
	_ = c.ws.Close()
	for _, r := range c.rooms {
		r.leave(c)
	}
}

var (
	wordJoin  = []byte(`{"type":"room.join"`)
	fieldRoom = []byte(`"room":"`)
	fieldText = []byte(`"text":"`)
	quote     = []byte(`"`)
)

// handle does what a message says. It is read by its bytes alone.
func (c *conn) handle(body []byte) {
	name := field(body, fieldRoom)
	if name == nil {
		return
	}
	room := c.server.room(string(name))
	if bytes.HasPrefix(body, wordJoin) {
		c.join(room)
		return
	}
	said := field(body, fieldText)
	if !slices.Contains(c.rooms, room) {
		c.write(appendFrame(nil, []byte(`{"type":"chat.sent_message","room":"`+room.name+`","id":"`+anID+`","seq":1,"at":"`+aTime+`"}`)))
		return
	}
	c.server.flusher.say(room, said)
}

func (c *conn) join(r *room) {
	c.rooms = append(c.rooms, r)
	head := r.join(c)
	c.write(appendFrame(nil, []byte(`{"type":"room.joined","room":"`+r.name+`","head":`+head+`,"epoch":"limit"}`)))
}

// field returns the string of the field, which has no escapes.
func field(body, name []byte) []byte {
	_, rest, _ := bytes.Cut(body, name)
	value, _, ok := bytes.Cut(rest, quote)
	if !ok {
		return nil
	}
	return value
}

// appendFrame appends body as a text frame of a server (RFC 6455, 5.2).
func appendFrame(dst, body []byte) []byte {
	return append(appendHead(dst, len(body)), body...)
}

func appendHead(dst []byte, size int) []byte {
	const text = 0x81
	if size < 126 {
		return append(dst, text, byte(size))
	}
	return append(dst, text, 126, byte(size>>8), byte(size)) // no message here is longer than 64 KiB
}
