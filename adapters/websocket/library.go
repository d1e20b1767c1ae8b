package websocket

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// library is a connection of the library's, with the reader that it shares with us.
// A conn has one while it is not at rest: between two messages the library knows
// nothing of whose they are, so that a few of them serve many peers. As a net.Conn
// it is the way out of the conn that has it.
type library struct {
	net.Conn
	ws *websocket.Conn
	br *bufio.Reader
	c  *conn
	// spent is one that stopped inside of a message, or may have.
	spent bool
}

// libraries are those that no conn has.
type libraries struct{ plain, deflated sync.Pool }

// newLibraries has none read a message of more bytes than limit.
func newLibraries(limit int64) *libraries {
	l := &libraries{}
	plain := &websocket.Upgrader{WriteBufferPool: new(sync.Pool)} // which stays empty: what is written does not go through the library
	deflated := *plain
	deflated.EnableCompression = true
	l.plain.New = func() any { return newLibrary(plain, limit) }
	l.deflated.New = func() any { return newLibrary(&deflated, limit) }
	return l
}

func (l *libraries) of(c *conn) *sync.Pool {
	if c.deflater != nil {
		return &l.deflated
	}
	return &l.plain
}

// wakeUp gives the connection what it is read with.
func (c *conn) wakeUp() {
	l := c.server.libs.of(c).Get().(*library)
	l.Conn, l.c = c.out.Conn(), c
	l.br.Reset(c.src)
	c.lib = l
}

// layDown takes it away, with what is buffered.
func (c *conn) layDown() {
	l := c.lib
	if c.lib = nil; l.spent {
		return
	}
	l.Conn, l.c = nil, nil
	l.br.Reset(nil)
	c.server.libs.of(c).Put(l)
}

// newLibrary makes one by an upgrade that nobody asked for: the library has no other
// way to the server's side of a connection. Its own handlers of pings and closes
// would write beside the peer's way out.
func newLibrary(upgrader *websocket.Upgrader, limit int64) *library {
	l := &library{Conn: nowhere{}, br: bufio.NewReaderSize(nil, readBuffer)}
	var err error
	if l.ws, err = upgrader.Upgrade(blank{l: l}, blankRequest, nil); err != nil {
		panic("websocket: the library refuses an upgrade that is as it should be: " + err.Error())
	}
	l.ws.SetReadLimit(limit)
	l.ws.SetPingHandler(func(data string) error { return l.c.out.Send(appendFrame(nil, opPong, []byte(data))) })
	l.ws.SetPongHandler(func(string) error { return nil })
	l.ws.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = websocket.CloseNormalClosure
		}
		l.c.out.Finish(closeFrame(code, ""))
		return nil
	})
	return l
}

// blankRequest is never changed.
var blankRequest = &http.Request{Method: http.MethodGet, Header: http.Header{
	"Connection":               {"Upgrade"},
	"Upgrade":                  {"websocket"},
	"Sec-Websocket-Version":    {"13"},
	"Sec-Websocket-Key":        {"AAAAAAAAAAAAAAAAAAAAAA=="},
	"Sec-Websocket-Extensions": {"permessage-deflate"},
}}

// blank hands the library what is to be its connection.
type blank struct {
	http.ResponseWriter
	l *library
}

// Hijack implements [http.Hijacker].
func (b blank) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return b.l, bufio.NewReadWriter(b.l.br, bufio.NewWriterSize(b.l, 1)), nil
}

// nowhere takes the answer to an upgrade that nobody asked for.
type nowhere struct{ net.Conn }

func (nowhere) Write(b []byte) (int, error)      { return len(b), nil }
func (nowhere) SetDeadline(time.Time) error      { return nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
