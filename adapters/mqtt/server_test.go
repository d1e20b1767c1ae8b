package mqtt

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestJunk(t *testing.T) {
	t.Parallel()
	logged := &buffer{}
	r := start(t, Options{
		ConnectTimeout: 200 * time.Millisecond, Linger: 200 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(logged, nil)),
	})
	connect := encode(t, 5, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect:     packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: "junk", Clean: true},
	})
	// A filter without its options: mochi reads beyond the end.
	truncated := []byte{0x82, 8, 0, 1, 0, 0, 3, 'a', '/', 'b'}
	for _, c := range []struct {
		name  string
		bytes []byte
	}{
		{"nothing", nil},
		{"random bytes", []byte("\x00\x9f\x13\x37GET / HTTP/1.1\r\n\r\n")},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")},
		{"half a CONNECT", connect[:len(connect)/2]},
		{"not a CONNECT", encode(t, 4, publish("rooms/lobby", "x", 1, 1))},
		{"an endless length", []byte{0x10, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{"a huge CONNECT", []byte{0x10, 0xff, 0xff, 0xff, 0x7f}},
		{"a truncated SUBSCRIBE", append(bytes.Clone(connect), truncated...)},
		{"two CONNECTs", append(bytes.Clone(connect), connect...)},
	} {
		cl := r.open(t)
		cl.conn.Write(c.bytes)
		cl.v = 5
		for _, pk := range cl.ended() {
			if typ := pk.FixedHeader.Type; typ != packets.Connack && typ != packets.Disconnect {
				t.Errorf("%s is answered with %s", c.name, packets.PacketNames[typ])
			}
		}
	}
	if !strings.Contains(logged.String(), "panic") {
		t.Error("the panic is not logged")
	}
	again := r.connect(t, 5, "junk")
	again.granted(1, "rooms/lobby", 0)
	again.quiet()
	eventually(t, "only one connection is left", func() bool { return r.srv.Stats().Connections == 1 })
	if n := r.srv.mochi.Clients.Len(); n != 1 {
		t.Errorf("mochi knows %d clients", n)
	}
}

func TestLimitsOfConnections(t *testing.T) {
	t.Parallel()
	r := start(t, Options{MaxConnections: 3, MaxUnknown: 2, Linger: 50 * time.Millisecond})
	known := r.connect(t, 4, "known")
	unknown := []*client{r.open(t), r.open(t)}
	eventually(t, "three are open", func() bool { return r.srv.Stats().Connections == 3 })
	r.open(t).ended()
	unknown[0].conn.Close()
	eventually(t, "two are open", func() bool { return r.srv.Stats().Connections == 2 })
	r.connect(t, 4, "second")
	r.open(t).ended()
	known.quiet()
}

func TestClose(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Linger: 500 * time.Millisecond})
	v4, v5, silent := r.connect(t, 4, "four"), r.connect(t, 5, "five"), r.open(t)
	r.store.set(true, nil)
	for _, cl := range []*client{v4, v5} {
		cl.publish("rooms/lobby", "x", 1, 1)
		<-r.store.came
	}
	closed := make(chan error)
	go func() { closed <- r.srv.Close(t.Context()) }()
	eventually(t, "it closes", r.srv.isClosing)
	r.store.set(false, nil)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	for _, cl := range []*client{v4, v5} {
		if ack := cl.expect(packets.Puback); ack.ReasonCode != 0 {
			t.Errorf("acknowledged with %#x", ack.ReasonCode)
		}
	}
	if bye := v5.expect(packets.Disconnect); bye.ReasonCode != packets.ErrServerShuttingDown.Code {
		t.Errorf("DISCONNECT %#x", bye.ReasonCode)
	}
	for _, cl := range []*client{v4, v5, silent} {
		if before := cl.ended(); len(before) > 0 {
			t.Errorf("before the end: %+v", before)
		}
	}
	if _, err := net.Dial("tcp", r.addr); err == nil {
		t.Error("it still accepts")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.srv.Serve(l); !errors.Is(err, ErrClosed) {
		t.Errorf("Serve after Close: %v", err)
	}
}

func TestCloseAtOnce(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Linger: time.Hour})
	cl := r.connect(t, 5, "c")
	r.store.set(true, nil)
	cl.publish("rooms/lobby", "x", 1, 1)
	<-r.store.came
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.srv.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
	for _, pk := range cl.ended() {
		if pk.FixedHeader.Type == packets.Puback {
			t.Error("acknowledged what is not known to be kept")
		}
	}
	r.store.set(false, nil)
}

// watched is a connection that notes what is written from some time on.
type watched struct {
	net.Conn
	watching, written atomic.Bool
}

func (w *watched) Write(b []byte) (int, error) {
	if w.watching.Load() {
		w.written.Store(true)
	}
	return w.Conn.Write(b)
}

// watchedListener accepts those, and hands them on.
type watchedListener struct {
	net.Listener
	accepted chan *watched
}

func (l watchedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w := &watched{Conn: conn}
	l.accepted <- w
	return w, nil
}

// Close at its deadline says no goodbye to a TLS connection, which would have to take it
// before the next one is closed.
func TestCloseAtOnceOverTLS(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Linger: time.Hour})
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan *watched, 1)
	served := make(chan error, 1)
	go func() {
		served <- r.srv.Serve(tls.NewListener(watchedListener{l, accepted}, &tls.Config{Certificates: web.TLS.Certificates}))
	}()
	trusted := web.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusted.ServerName = "example.com"
	conn, err := tls.Dial("tcp", l.Addr().String(), trusted)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cl := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	cl.hello(5, "c")
	r.store.set(true, nil)
	cl.publish("rooms/lobby", "x", 1, 1) // it stays under way
	<-r.store.came
	peer := <-accepted
	peer.watching.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.srv.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
	if peer.written.Load() {
		t.Error("something was written")
	}
	if err := <-served; !errors.Is(err, ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	r.store.set(false, nil)
}

// echo is an application of protocol events, in a few lines.
type echo struct{ out hub.Sender }

func (c echo) Handle(_ context.Context, e hub.Event) error {
	if p, ok := e.Detail.(*Publish); ok {
		if p.Topic == "rooms/refused" {
			return hub.Errorf(hub.Forbidden, "Not here.")
		}
		if err := c.out.Send(hub.Event{Type: TypePuback, Tag: e.Tag}); err != nil {
			return err
		}
		return c.out.Send(hub.Event{Type: TypeMessage, Detail: &Message{Topic: "echo/" + p.Topic, Payload: p.Payload, User: p.User}})
	}
	return nil
}

func (c echo) Close(context.Context, error) {}

func TestAnApplicationOfProtocolEvents(t *testing.T) {
	t.Parallel()
	r := startWith(t, Options{}, func(hub.Application) hub.Application {
		return func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) { return echo{out}, nil }
	})
	cl := r.connect(t, 5, "c")
	cl.granted(1, "rooms/any/thing", 1)
	pk := publish("rooms/any/thing", "hello", 1, 1)
	withUser("a", "b")(&pk)
	cl.send(pk)
	cl.expect(packets.Puback)
	if got := cl.expect(packets.Publish); got.TopicName != "echo/rooms/any/thing" || string(got.Payload) != "hello" || user(&got, "a") != "b" {
		t.Errorf("echo %+v", got)
	}
	cl.publish("rooms/refused", "hello", 1, 2)
	if ack := cl.expect(packets.Puback); ack.ReasonCode != packets.ErrNotAuthorized.Code || ack.Properties.ReasonString != "Not here." {
		t.Errorf("PUBACK %#x %q", ack.ReasonCode, ack.Properties.ReasonString)
	}
	small := r.connect(t, 5, "small", func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 500 })
	small.publish("rooms/any/thing", strings.Repeat("x", 600), 1, 1) // its echo is too large for it
	small.expect(packets.Puback)
	small.quiet()
}

// parrot is an application of chat events without a hub behind it.
type parrot struct{ out hub.Sender }

func (c parrot) Handle(_ context.Context, e hub.Event) error {
	switch e.Type {
	case hub.TypeRoomJoin:
		return c.out.Send(hub.Event{Type: hub.TypeRoomJoined, Room: e.Room, Tag: e.Tag, Detail: &hub.Joined{}})
	case hub.TypeSendMessage:
		if err := c.out.Send(hub.Event{Type: hub.TypeSentMessage, Tag: e.Tag}); err != nil {
			return err
		}
		return c.out.Send(hub.Event{Type: hub.TypeReceivedMessage, Room: e.Room, Text: e.Text, From: hub.Participant{ID: "p", Name: "Polly"}})
	}
	return nil
}

func (parrot) Close(context.Context, error) {}

func TestAnApplicationOfChatEvents(t *testing.T) {
	t.Parallel()
	r := startWith(t, Options{}, func(hub.Application) hub.Application {
		return Chat(func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) { return parrot{out}, nil })
	})
	cl := r.connect(t, 4, "c")
	cl.granted(1, "rooms/cage/text", 1)
	cl.publish("rooms/cage", "hello", 1, 1)
	cl.expect(packets.Puback)
	if pk := cl.expect(packets.Publish); string(pk.Payload) != "Polly: hello" || pk.TopicName != "rooms/cage/text" || pk.FixedHeader.Qos != 1 {
		t.Errorf("delivered %+v", pk)
	}
}

func TestLogLinesAreFew(t *testing.T) {
	t.Parallel()
	logged := &buffer{}
	log := slog.New(quiet{slog.NewTextHandler(logged, nil), &limiter{}})
	log.Info("noise")
	for range 100 {
		log.Warn("bad packet", "pk", "password", "client", "c")
	}
	if got := logged.String(); strings.Count(got, "\n") != 1 || strings.Contains(got, "password") || !strings.Contains(got, "client=c") {
		t.Errorf("log %q", got)
	}
}
