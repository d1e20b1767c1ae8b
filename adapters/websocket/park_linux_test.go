package websocket_test

import (
	"context"
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

// Connections at rest have no goroutine, and answer as ever.
func TestConnectionsAtRest(t *testing.T) {
	const conns = 40
	s, url := serve(t, echoing, websocket.Options{Rest: time.Millisecond})
	before := runtime.NumGoroutine()
	var clients []*gorilla.Conn
	for range conns {
		ws, _, err := gorilla.DefaultDialer.Dial(url+"?name=ada", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ws.Close() })
		clients = append(clients, ws)
	}
	rests := before + 10 // the pings, and who waits for all
	awaitGoroutines(t, rests)
	for _, size := range []int{0, 1, 125, 126, 1000, 1017, 1018, 5000, 65_000} {
		for _, ws := range clients[:4] {
			text := strings.Repeat("é", size/2) + strings.Repeat("x", size%2)
			if err := ws.WriteMessage(gorilla.TextMessage, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, got, err := ws.ReadMessage(); err != nil || string(got) != text {
				t.Fatalf("a message of %d bytes came back as %d, %v", size, len(got), err)
			}
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
	_ = clients[6].NetConn().(*net.TCPConn).SetLinger(0) // a reset
	_ = clients[6].Close()
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

// A frame may come in pieces, with rests between.
func TestAFrameInPieces(t *testing.T) {
	_, url := serve(t, echoing, websocket.Options{Rest: time.Millisecond})
	ws, _, err := gorilla.DefaultDialer.Dial(url+"?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	before := runtime.NumGoroutine()
	text := strings.Repeat("x", 300)
	frame := append([]byte{0x81, 0xFE, 300 >> 8, 300 & 0xFF, 0, 0, 0, 0}, text...)
	for range 3 {
		for i, b := range frame {
			if _, err := ws.NetConn().Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
			if i < 12 {
				awaitGoroutines(t, before+1)
				runtime.Gosched()
			}
		}
		if _, got, err := ws.ReadMessage(); err != nil || string(got) != text {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// A connection over TLS cannot be waited for without a goroutine, and goes on when
// it has been quiet for long.
func TestAQuietConnectionOverTLS(t *testing.T) {
	const rest = 20 * time.Millisecond
	_, web := serveOn(t, echoing, websocket.Options{Rest: rest}, (*httptest.Server).StartTLS)
	dialer := gorilla.Dialer{TLSClientConfig: web.Client().Transport.(*http.Transport).TLSClientConfig}
	ws, _, err := dialer.Dial("wss"+strings.TrimPrefix(web.URL, "https")+"?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	for _, text := range []string{"at once", "after a rest", "after another"} {
		if err := ws.WriteMessage(gorilla.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
		_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, got, err := ws.ReadMessage(); err != nil || string(got) != text {
			t.Fatalf("%q, %v", got, err)
		}
		<-time.After(3 * rest) // nothing tells that it has been quiet long enough
	}
}
