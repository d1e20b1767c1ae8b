package websocket_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"

	"hubbub/adapters/websocket"
	"hubbub/hub"
)

// echoing answers each message with itself, and "end" with the end.
func echoing(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
	return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
		m := e.Detail.(*hub.SocketMessage)
		if string(m.Data) == "end" {
			hub.Finish(out, nil)
			return nil
		}
		return out.Send(hub.Event{Type: hub.TypeSocketSend, Detail: m})
	}), nil
}

// awaitGoroutines waits until there are at most so many.
func awaitGoroutines(t *testing.T, most int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > most; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, want %d", runtime.NumGoroutine(), most)
		}
	}
}

// onBoth runs the test with sockets over TCP and over TLS. dial opens one.
func onBoth(t *testing.T, opts websocket.Options, test func(t *testing.T, s *websocket.Server, dial func() *gorilla.Conn)) {
	t.Helper()
	for _, over := range []struct {
		name, scheme string
		start        func(*httptest.Server)
	}{
		{"TCP", "ws", (*httptest.Server).Start},
		{"TLS", "wss", (*httptest.Server).StartTLS},
	} {
		t.Run(over.name, func(t *testing.T) {
			s, web := serveOn(t, echoing, opts, over.start)
			dialer := gorilla.Dialer{WriteBufferSize: 300} // what is more goes in parts
			dialer.TLSClientConfig = web.Client().Transport.(*http.Transport).TLSClientConfig
			_, address, _ := strings.Cut(web.URL, "://")
			test(t, s, func() *gorilla.Conn {
				t.Helper()
				ws, _, err := dialer.Dial(over.scheme+"://"+address+"?name=ada", nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = ws.Close() })
				return ws
			})
		})
	}
}

// Connections at rest have no goroutine, and answer as ever.
func TestConnectionsAtRest(t *testing.T) {
	onBoth(t, websocket.Options{Rest: time.Millisecond}, atRest)
}

func atRest(t *testing.T, s *websocket.Server, dial func() *gorilla.Conn) {
	t.Helper()
	const conns = 40
	before := runtime.NumGoroutine()
	var clients []*gorilla.Conn
	for range conns {
		clients = append(clients, dial())
	}
	rests := before + 10 // the pings, and who waits for all
	awaitGoroutines(t, rests)
	for _, size := range []int{0, 1, 125, 126, 1000, 1017, 1018, 5000, 65_000} {
		for _, ws := range clients[:4] {
			text := strings.Repeat("é", size/2) + strings.Repeat("x", size%2)
			echoed(t, ws, text)
		}
		awaitGoroutines(t, rests)
	}
	for i, ws := range clients[:6] {
		ponged := false
		ws.SetPongHandler(func(data string) error {
			ponged = data == "hello"
			return nil
		})
		if err := errors.Join(ws.WriteControl(gorilla.PingMessage, []byte("hello"), time.Time{}), ws.WriteMessage(gorilla.TextMessage, []byte("after it"))); err != nil {
			t.Fatal(err)
		}
		if _, got, err := ws.ReadMessage(); err != nil || string(got) != "after it" || !ponged {
			t.Errorf("%q, %v; ponged: %v", got, err, ponged)
		}
		awaitGoroutines(t, rests)
		want := gorilla.CloseNormalClosure
		switch i % 2 {
		case 0:
			_ = ws.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(4000, "bye"))
			want = 4000
		case 1:
			_ = ws.WriteMessage(gorilla.TextMessage, []byte("end"))
		}
		if _, _, err := ws.ReadMessage(); !gorilla.IsCloseError(err, want) {
			t.Errorf("closed with %v, want %d", err, want)
		}
	}
	socket := clients[6].NetConn()
	if over, ok := socket.(*tls.Conn); ok {
		socket = over.NetConn()
	}
	_ = socket.(*net.TCPConn).SetLinger(0) // a reset
	_ = socket.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	go s.Shutdown(ctx)
	for _, ws := range clients[7:] {
		if _, _, err := ws.ReadMessage(); !gorilla.IsCloseError(err, gorilla.CloseServiceRestart) {
			t.Errorf("closed with %v", err)
		}
		_ = ws.Close()
	}
}

// A connection that has said nothing yet rests, however long it takes until one that
// talks does.
func TestAConnectionRestsFromTheBeginning(t *testing.T) {
	onBoth(t, websocket.Options{Rest: time.Hour}, fromTheBeginning)
}

func fromTheBeginning(t *testing.T, _ *websocket.Server, dial func() *gorilla.Conn) {
	t.Helper()
	before := runtime.NumGoroutine()
	var clients []*gorilla.Conn
	for range 20 {
		clients = append(clients, dial())
	}
	awaitGoroutines(t, before+5) // the pings, the courier, who waits for all, and what the HTTP server leaves
	for _, ws := range clients {
		echoed(t, ws, "hello")
	}
}

// echoed sends text, and waits until it comes back.
func echoed(t *testing.T, ws *gorilla.Conn, text string) {
	t.Helper()
	if err := ws.WriteMessage(gorilla.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
	if _, got, err := ws.ReadMessage(); err != nil || string(got) != text {
		t.Fatalf("a message of %d bytes came back as %.50q, %v", len(text), got, err)
	}
}

// What a peer does wrong in the middle of a message harms no other one, whoever
// reads with the same library then.
func TestPeersThatEndInAMessage(t *testing.T) {
	onBoth(t, websocket.Options{Rest: time.Millisecond, ReadLimit: 3000}, peersThatEnd)
}

func peersThatEnd(t *testing.T, _ *websocket.Server, dial func() *gorilla.Conn) {
	t.Helper()
	good := dial()
	text := strings.Repeat("x", 2500)
	for _, wrong := range []struct {
		bytes string
		code  int
	}{
		{"\x01\x82\x00\x00\x00\x00he\x81\x82\x00\x00\x00\x00ey", gorilla.CloseProtocolError},       // another message inside of one
		{"\x81\x02he", gorilla.CloseProtocolError},                                                 // no mask
		{"\x81\xFE\x10\x00\x00\x00\x00\x00he", gorilla.CloseMessageTooBig},                         // it says so
		{"\x01\x82\x00\x00\x00\x00he\x88\x82\x00\x00\x00\x00\x03\xE8", gorilla.CloseNormalClosure}, // a goodbye inside of a message
	} {
		bad := dial()
		if _, err := bad.NetConn().Write([]byte(wrong.bytes)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := bad.ReadMessage(); !gorilla.IsCloseError(err, wrong.code) {
			t.Errorf("%q: closed with %v, want %d", wrong.bytes, err, wrong.code)
		}
		echoed(t, good, text)
	}
}

// A frame may come in pieces, with rests between.
func TestAFrameInPieces(t *testing.T) {
	onBoth(t, websocket.Options{Rest: time.Millisecond}, inPieces)
}

func inPieces(t *testing.T, _ *websocket.Server, dial func() *gorilla.Conn) {
	t.Helper()
	before := runtime.NumGoroutine()
	ws := dial()
	text := strings.Repeat("x", 300)
	frame := append([]byte{0x81, 0xFE, 300 >> 8, 300 & 0xFF, 0, 0, 0, 0}, text...)
	for range 3 {
		for i, b := range frame {
			if _, err := ws.NetConn().Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
			if i < 12 {
				awaitGoroutines(t, before+5) // who reads it, the pings, the courier, who waits for all
				runtime.Gosched()
			}
		}
		if _, got, err := ws.ReadMessage(); err != nil || string(got) != text {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// corked is a connection that keeps what is written while it is shut.
type corked struct {
	net.Conn
	shut bool
	kept []byte
}

func (c *corked) Write(b []byte) (int, error) {
	if c.shut {
		c.kept = append(c.kept, b...)
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// open writes what was kept, so that it arrives as one.
func (c *corked) open() error {
	c.shut = false
	_, err := c.Conn.Write(c.kept)
	c.kept = nil
	return err
}

// What TLS has read already is not waited for: here records that come with a ping,
// which wakes the connection.
func TestWhatTLSHasReadAlready(t *testing.T) {
	_, web := serveOn(t, echoing, websocket.Options{Rest: time.Hour, Ping: time.Hour}, (*httptest.Server).StartTLS)
	config := web.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "example.com" // as the test's certificate says
	var cork *corked
	dialer := gorilla.Dialer{NetDialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		socket, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		cork = &corked{Conn: socket}
		conn := tls.Client(cork, config)
		err = conn.HandshakeContext(ctx)
		return conn, err
	}}
	ws, _, err := dialer.Dial("wss"+strings.TrimPrefix(web.URL, "https")+"?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	cork.shut = true
	if err := errors.Join(ws.WriteControl(gorilla.PingMessage, nil, time.Time{}), ws.WriteMessage(gorilla.TextMessage, []byte("hello")),
		cork.open(), ws.SetReadDeadline(time.Now().Add(20*time.Second))); err != nil {
		t.Fatal(err)
	}
	if _, got, err := ws.ReadMessage(); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
}
