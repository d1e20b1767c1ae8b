package mqtt

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"", "hi", "21.5", "[1]", "{", `{"text":"x","data":null}`, `{"a":1}`, `{"buttons":[{"action":1}]}`, " {} ",
		`{"ref":"r","text":"x"}`, ` {"text":"x"}`, `{"text":"x","text":"y","reply_to":"z"}`, `{"text":"x","room":"y"}`, `{"text":"","ref":"r"}`, `{"text":"\u0041"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := parsePayload(payload)
		if slow, slowErr := parseAny(payload); !reflect.DeepEqual(e, slow) || (err == nil) != (slowErr == nil) {
			t.Errorf("%+v, %v; without the short cut %+v, %v", e, err, slow, slowErr)
		}
		if err != nil {
			if hub.CodeOf(err) != hub.Invalid {
				t.Errorf("error %v", err)
			}
			return
		}
		if e.Type != hub.TypeSendMessage || !utf8.ValidString(e.Text) {
			t.Errorf("event %+v", e)
		}
		if len(e.Data) > 0 && !json.Valid(e.Data) {
			t.Errorf("data %q", e.Data)
		}
		hub.AppendJSON(nil, &e) // panics on what is no JSON
	})
}

// FuzzHello has whatever is in the place of a CONNECT looked at; one that is as it should
// be has nothing wrong with it.
func FuzzHello(f *testing.F) {
	f.Add([]byte("\x10\x10\x00\x04MQTT\x05\x02\x00\x00\x03\x21\x00\x00\x00\x00"), "c", uint16(1), uint32(7))
	f.Add([]byte("\x10"), "", uint16(65535), uint32(0))
	f.Fuzz(func(t *testing.T, junk []byte, id string, window uint16, delay uint32) {
		checkHello(junk)
		b := encode(t, 5, packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Connect},
			Properties: packets.Properties{
				ReceiveMaximum: window, AuthenticationMethod: id, AuthenticationData: junk[:min(len(junk), 100)],
				User: []packets.UserProperty{{Key: "a", Val: "b"}, {Key: "a", Val: "b"}},
			},
			Connect: packets.ConnectParams{
				ProtocolName: []byte("MQTT"), ClientIdentifier: id[:min(len(id), 100)], WillFlag: true, WillTopic: "a",
				WillProperties: packets.Properties{WillDelayInterval: delay},
			},
		})
		if wrong := checkHello(b); wrong != nil {
			t.Errorf("%q: %+v", b, wrong)
		}
	})
}

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// FuzzPackets sends bytes after a CONNECT, or instead of one. The server must go
// on, and the connection leave nothing behind.
func FuzzPackets(f *testing.F) {
	app := func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) { return echo{out}, nil }
	srv, err := New(app, Options{
		Logger:         slog.New(slog.DiscardHandler),
		ConnectTimeout: 100 * time.Millisecond, Linger: 50 * time.Millisecond,
	})
	if err != nil {
		f.Fatal(err)
	}
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	served := make(chan struct{})
	go func() {
		_ = srv.Serve(l)
		close(served)
	}()
	f.Cleanup(func() {
		_ = srv.Close(context.Background())
		<-served
	})
	f.Add(byte(5), []byte{0x82, 8, 0, 1, 0, 0, 3, 'a', '/', 'b'})
	f.Add(byte(4), encode(f, 4, publish("rooms/lobby", "x", 1, 1)))
	f.Add(byte(5), encode(f, 5, publish("rooms/lobby", "x", 1, 1)))
	f.Add(byte(4), []byte{0x62, 2, 0, 1, 0x40, 2, 0xC0, 1, 0xC0, 0})
	f.Add(byte(0), []byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, v byte, junk []byte) {
		here, there := net.Pipe()
		l.conns <- there
		drained := make(chan struct{})
		go func() {
			_, _ = io.Copy(io.Discard, here)
			close(drained)
		}()
		here.SetWriteDeadline(time.Now().Add(time.Second))
		if v == 4 || v == 5 {
			here.Write(encode(t, v, packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Connect},
				Connect:     packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: "fuzz", Clean: true},
			}))
		}
		here.Write(junk)
		here.Close()
		<-drained
		eventually(t, "the connection is gone", func() bool { return srv.Stats().Connections == 0 })
		if n := srv.mochi.Clients.Len(); n != 0 {
			t.Fatalf("mochi keeps %d clients", n)
		}
	})
}

// FuzzSocket sends bytes below the frames of a WebSocket.
func FuzzSocket(f *testing.F) {
	app := func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) { return echo{out}, nil }
	srv, err := New(app, Options{
		Logger:         slog.New(slog.DiscardHandler),
		ConnectTimeout: 100 * time.Millisecond, Linger: 50 * time.Millisecond,
	})
	if err != nil {
		f.Fatal(err)
	}
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	web := &http.Server{Handler: srv, ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() {
		_ = web.Serve(l)
		close(served)
	}()
	f.Cleanup(func() {
		_ = web.Close()
		_ = srv.Close(context.Background())
		<-served
	})
	f.Add([]byte{0x82, 0x80, 0, 0, 0, 0, 0x81, 0x81, 1, 2, 3, 4, 5})
	f.Add([]byte{0x02, 0x82, 0, 0, 0, 0, 16, 0, 0x89, 0x80, 0, 0, 0, 0, 0x80, 0x81, 0, 0, 0, 0, 1})
	f.Add([]byte{0x88, 0x82, 0, 0, 0, 0, 3, 0xE8, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, junk []byte) {
		here, there := net.Pipe()
		l.conns <- there
		drained := make(chan struct{})
		go func() {
			_, _ = io.Copy(io.Discard, here)
			close(drained)
		}()
		here.SetWriteDeadline(time.Now().Add(time.Second))
		io.WriteString(here, "GET /mqtt HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
		here.Write(junk)
		here.Close()
		<-drained
		eventually(t, "the connection is gone", func() bool { return srv.Stats().Connections == 0 })
	})
}
