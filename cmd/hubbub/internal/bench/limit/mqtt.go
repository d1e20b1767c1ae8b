package limit

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
)

// Types of MQTT packets, in the upper half of the first byte.
const (
	connect   = 0x10
	connack   = 0x20
	publish   = 0x30
	puback    = 0x40
	subscribe = 0x80
	suback    = 0x90
	ping      = 0xc0
	pong      = 0xd0
)

// client is an MQTT connection. It is granted QoS 0.
type client struct {
	server *server
	net    net.Conn

	mu    sync.Mutex // of what is written
	rooms []*room
}

func (c *client) write(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.net.Write(b)
}

func (s *server) serveMQTT(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		c := &client{server: s, net: nc}
		go c.read()
	}
}

func (c *client) read() {
	defer func() {
		_ = c.net.Close()
		for _, r := range c.rooms {
			r.leave(c)
		}
	}()
	in := bufio.NewReader(c.net)
	var body []byte
	for {
		first, err := in.ReadByte()
		if err != nil {
			return
		}
		size, err := binary.ReadUvarint(in) // the same form (MQTT 3.1.1, 2.2.3)
		if err != nil || size > 1<<20 {
			return
		}
		if uint64(cap(body)) < size {
			body = make([]byte, size)
		}
		body = body[:size]
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		c.handle(first, body)
	}
}

func (c *client) handle(first byte, body []byte) {
	switch first & 0xf0 {
	case connect:
		c.write([]byte{connack, 2, 0, 0})
	case ping:
		c.write([]byte{pong, 0})
	case subscribe:
		topic, _, ok := cut(body[min(2, len(body)):])
		if !ok {
			return
		}
		r := c.server.room(strings.TrimPrefix(topic, "rooms/"))
		c.rooms = append(c.rooms, r)
		r.join(c)
		c.write([]byte{suback, 3, body[0], body[1], 0})
	case publish:
		topic, payload, ok := cut(body)
		if qos := first >> 1 & 3; ok && qos > 0 && len(payload) >= 2 {
			c.write([]byte{puback, 2, payload[0], payload[1]})
			payload = payload[2:]
		}
		if ok {
			c.server.flusher.say(c.server.room(strings.TrimPrefix(topic, "rooms/")), payload)
		}
	}
}

// cut takes the string off that b begins with.
func cut(b []byte) (s string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if len(b) < n {
		return "", nil, false
	}
	return string(b[2:n]), b[n:], true
}

// appendLength appends a remaining length (MQTT 3.1.1, 2.2.3).
func appendLength(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }
