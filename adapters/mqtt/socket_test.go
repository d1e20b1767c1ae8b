package mqtt

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	paho3 "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// web serves the broker over WebSocket, and returns its address.
func (r *rig) web() string {
	s := httptest.NewServer(r.srv)
	r.t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http", "ws", 1) + "/mqtt"
}

func dial(t *testing.T, url, protocol string, header http.Header) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{protocol}}
	ws, _, err := d.Dial(url, header)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	ws.SetReadDeadline(time.Now().Add(patience))
	return ws
}

// sendFrame sends one, or finds out that the connection has ended when it reads.
func sendFrame(ws *websocket.Conn, kind int, b []byte) { _ = ws.WriteMessage(kind, b) }

func TestPahoOverWebSocket(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	got := make(chan paho3.Message, 10)
	cl := paho3.NewClient(paho3.NewClientOptions().AddBroker(r.web()).SetClientID("paho").SetAutoReconnect(false).SetProtocolVersion(4))
	wait := func(token paho3.Token) {
		t.Helper()
		if !token.WaitTimeout(patience) || token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	wait(cl.Connect())
	defer cl.Disconnect(100)
	wait(cl.Subscribe("rooms/lobby", 1, func(_ paho3.Client, m paho3.Message) { got <- m }))
	texts := []string{"small", strings.Repeat("x", 200), strings.Repeat("y", 15_000)}
	for _, text := range texts {
		wait(cl.Publish("rooms/lobby", 1, false, text))
	}
	for _, text := range texts {
		select {
		case m := <-got:
			if e, err := hub.ParseEvent(m.Payload()); err != nil || e.Text != text {
				t.Errorf("event %.200s, %v", m.Payload(), err)
			}
		case <-time.After(patience):
			t.Fatal("too few messages")
		}
	}
}

func TestWebSocketsAreRefused(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	url := r.web()
	for name, c := range map[string]struct {
		protocol string
		header   http.Header
		status   int
	}{
		"no subprotocol":      {"", nil, http.StatusBadRequest},
		"another subprotocol": {"hubbub.v1", nil, http.StatusBadRequest},
		"another site":        {"mqtt", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
	} {
		d := websocket.Dialer{}
		if c.protocol != "" {
			d.Subprotocols = []string{c.protocol}
		}
		_, res, err := d.Dial(url, c.header)
		if err == nil || res == nil || res.StatusCode != c.status {
			t.Errorf("%s: %v %+v", name, err, res)
		}
	}
	res, err := http.Get(strings.Replace(url, "ws", "http", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusBadRequest || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("no upgrade: %d %s", res.StatusCode, res.Header)
	}
	http.DefaultClient.CloseIdleConnections()
	if r.srv.Stats().Connections != 0 {
		t.Error("a connection was made")
	}
}

func TestTooManyWebSockets(t *testing.T) {
	t.Parallel()
	r := start(t, Options{MaxConnections: 1})
	url := r.web()
	dial(t, url, "mqtt", nil)
	eventually(t, "the connection is counted", func() bool { return r.srv.Stats().Connections == 1 })
	d := websocket.Dialer{Subprotocols: []string{"mqtt"}}
	if _, res, err := d.Dial(url, nil); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v %+v", err, res)
	}
}

// Frames and packets need not begin or end together (MQTT 5, 6).
func TestPacketsInFrames(t *testing.T) {
	t.Parallel()
	from := netip.MustParseAddrPort("192.0.2.1:99")
	scopes := make(chan *hub.Scope, 1)
	r := startWith(t, Options{RemoteAddr: func(*http.Request) netip.AddrPort { return from }}, spyOn(scopes))
	ws := dial(t, r.web(), "mqttv3.1", http.Header{"X-Test": {"yes"}})
	if ws.Subprotocol() != "mqttv3.1" {
		t.Errorf("subprotocol %q", ws.Subprotocol())
	}
	hello := encode(t, 5, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: "c", Clean: true,
	}})
	sub := encode(t, 5, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: "rooms/lobby/text"}},
	})
	ping := []byte{packets.Pingreq << 4, 0}
	all := bytes.Join([][]byte{hello, sub, ping, encode(t, 5, publish("rooms/lobby", "hi", 0, 0))}, nil)
	for _, b := range all[:len(hello)+3] {
		sendFrame(ws, websocket.BinaryMessage, []byte{b})
	}
	sendFrame(ws, websocket.BinaryMessage, nil)
	sendFrame(ws, websocket.PingMessage, []byte("there?"))
	sendFrame(ws, websocket.BinaryMessage, all[len(hello)+3:])
	pong := make(chan string, 1)
	ws.SetPongHandler(func(data string) error { pong <- data; return nil })
	c := &client{t: t, v: 5}
	c.read5(ws, packets.Connack, packets.Suback, packets.Pingresp, packets.Publish)
	if s := <-scopes; s.Remote != from || s.Headers.Get("X-Test") != "yes" || s.Host == "" || s.Type != hub.ScopeMQTT {
		t.Errorf("scope %+v", s)
	}
	if data := <-pong; data != "there?" {
		t.Errorf("pong %q", data)
	}
	sendFrame(ws, websocket.BinaryMessage, []byte{packets.Disconnect << 4, 0})
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the end: %v", err)
	}
}

// read5 reads a packet of each type from the messages.
func (c *client) read5(ws *websocket.Conn, types ...byte) {
	c.t.Helper()
	for _, want := range types {
		kind, b, err := ws.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage || b[0]>>4 != want {
			c.t.Fatalf("read %d %x, %v; want %s", kind, b, err, packets.PacketNames[want])
		}
	}
}

// spyOn has each scope seen.
func spyOn(scopes chan<- *hub.Scope) func(hub.Application) hub.Application {
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			scopes <- s
			return app(ctx, s, out)
		}
	}
}

func TestWebSocketsThatAreNotMQTT(t *testing.T) {
	t.Parallel()
	r := start(t, Options{ConnectTimeout: 200 * time.Millisecond})
	url := r.web()
	for name, send := range map[string]func(*websocket.Conn){
		"text":      func(ws *websocket.Conn) { sendFrame(ws, websocket.TextMessage, []byte("hello")) },
		"junk":      func(ws *websocket.Conn) { sendFrame(ws, websocket.BinaryMessage, []byte("GET / HTTP/1.1")) },
		"no frames": func(ws *websocket.Conn) { ws.NetConn().Write([]byte("GET / HTTP/1.1\r\n\r\n")) },
		"close":     func(ws *websocket.Conn) { sendFrame(ws, websocket.CloseMessage, nil) },
		"nothing":   func(*websocket.Conn) {},
	} {
		ws := dial(t, url, "mqtt", nil)
		send(ws)
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s: %v", name, err)
				}
				break
			}
		}
		ws.Close()
	}
	eventually(t, "they are gone", func() bool { return r.srv.Stats().Connections == 0 })
}

func TestWebSocketsAreToldOfTheEnd(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	ws := dial(t, r.web(), "mqtt", nil)
	sendFrame(ws, websocket.BinaryMessage, encode(t, 5, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect:     packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: "c", Clean: true},
	}))
	c := &client{t: t, v: 5}
	c.read5(ws, packets.Connack)
	closed := make(chan error, 1)
	go func() { closed <- r.srv.Close(t.Context()) }()
	c.read5(ws, packets.Disconnect)
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the end: %v", err)
	}
	ws.Close()
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
