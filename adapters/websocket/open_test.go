package websocket_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hubbub/adapters/websocket"
	"hubbub/hub"
)

// ask sends the request for a socket on a connection of its own.
func ask(t *testing.T, url string) net.Conn {
	t.Helper()
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "ws://"), "/")
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, "GET /"+path+" HTTP/1.1\r\nHost: "+host+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: aHVidWIgYmVuY2ggbG9hZA==\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return c
}

// All that a socket of a room is told first comes at once, the answer to its upgrade
// included.
func TestTheOpeningIsOneWrite(t *testing.T) {
	h := newHub(t, hub.NewMemoryLayer(), hub.Options{})
	_, url := serve(t, rooms(h), websocket.Options{})
	c := ask(t, url+"/ws/rooms/lobby?name=ada")
	b := make([]byte, 64<<10)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"HTTP/1.1 101 ", `"type":"session.opened"`, `"type":"room.joined"`} {
		_, rest, found := strings.Cut(string(b[:n]), part)
		if !found {
			t.Fatalf("%s is not in what was read first, or not in its place: %q", part, b[:n])
		}
		b, n = []byte(rest), len(rest)
	}
}

// An application that panics takes its connection with it, whoever recovers.
func TestAnApplicationThatPanics(t *testing.T) {
	app := func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { panic("oh") }
	s, web := serveOn(t, app, websocket.Options{}, func(web *httptest.Server) {
		web.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		web.Start()
	})
	c := ask(t, "ws"+strings.TrimPrefix(web.URL, "http")+"/?name=ada")
	if answer, err := io.ReadAll(c); err != nil || strings.Contains(string(answer), "101") {
		t.Errorf("the peer was told %q, %v", answer, err)
	}
	s.Shutdown(t.Context()) // which waits for connections
}
