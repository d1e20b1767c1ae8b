package mqtt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	patience = 10 * time.Second
	lag      = 12 << 20 // bytes that a reader may fall behind
)

// gate is a store that can hold its outcomes back, or fail.
type gate struct {
	hub.Store
	mu   sync.Mutex
	shut bool
	fail error
	held []func()
	came chan struct{} // one token for each outcome that is held
}

func (g *gate) Append(ctx context.Context, a hub.Append) error {
	g.mu.Lock()
	fail := g.fail
	g.mu.Unlock()
	if fail != nil {
		go a.Done(hub.Appended{}, fail)
		return nil //nolint:nilerr // it was accepted, and failed later
	}
	done := a.Done
	a.Done = func(r hub.Appended, err error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.shut {
			done(r, err)
			return
		}
		g.held = append(g.held, func() { done(r, err) })
		g.came <- struct{}{}
	}
	return g.Store.Append(ctx, a)
}

func (g *gate) set(shut bool, fail error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut, g.fail = shut, fail
	if !shut {
		for _, done := range g.held {
			done()
		}
		g.held = nil
	}
}

// rig is a whole hub with a broker on a port of its own.
type rig struct {
	t     *testing.T
	hub   *hub.Hub
	layer *hub.MemoryLayer
	store *gate
	srv   *Server
	addr  string
}

func start(t *testing.T, o Options) *rig {
	t.Helper()
	return startWith(t, o, nil)
}

// startWith serves what wrap makes of the chat application's codec.
func startWith(t *testing.T, o Options, wrap func(hub.Application) hub.Application, changes ...func(*hub.Options)) *rig {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, layer: hub.NewMemoryLayer(), store: &gate{Store: db, came: make(chan struct{}, 10_000)}}
	opts := hub.Options{Logger: o.Logger, Lag: lag, Policy: func(room string) hub.Policy {
		return hub.Policy{Ephemeral: strings.HasPrefix(room, "sensor.")}
	}}
	for _, change := range changes {
		change(&opts)
	}
	r.hub = hub.New(r.store, r.layer, opts)
	app := Chat(chat.New(r.hub))
	if wrap != nil {
		app = wrap(app)
	}
	if r.srv, err = New(app, o); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- r.srv.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.srv.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-served; !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
		r.hub.Close()
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return r
}

// say publishes to a room as somebody else, and waits for the commit.
func (r *rig) say(room string, texts ...string) {
	r.t.Helper()
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "ann", Name: "Ann", Kind: hub.Person}}
	done := make(chan error, len(texts))
	for _, text := range texts {
		e := hub.Event{Type: hub.TypeSendMessage, Room: room, Text: text}
		r.hub.Publish(r.t.Context(), s, &e, func(_ *hub.Entry, err error) { done <- err })
	}
	for range texts {
		if err := <-done; err != nil {
			r.t.Fatalf("say: %v", err)
		}
	}
}

// log returns the texts of a room.
func (r *rig) log(room string) []string {
	r.t.Helper()
	page, _, err := r.store.ReadAfter(r.t.Context(), room, 0, 1000)
	if err != nil && hub.CodeOf(err) != hub.NotFound {
		r.t.Fatal(err)
	}
	texts := make([]string, len(page))
	for i, e := range page {
		texts[i] = e.Event.Text
	}
	return texts
}

// eventually waits for what has no packet to wait for.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// client speaks packets.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	v    byte
	deaf string // a topic that is passed over
}

func (r *rig) open(t *testing.T) *client {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t: t, conn: conn, in: bufio.NewReader(conn), v: 4}
}

// connect returns a client that the server has accepted.
func (r *rig) connect(t *testing.T, v byte, id string, change ...func(*packets.Packet)) *client {
	t.Helper()
	c := r.open(t)
	if ack := c.hello(v, id, change...); ack.ReasonCode != 0 || ack.SessionPresent {
		t.Fatalf("CONNACK %#x, session present %t", ack.ReasonCode, ack.SessionPresent)
	}
	return c
}

// hello sends a CONNECT and returns the CONNACK.
func (c *client) hello(v byte, id string, change ...func(*packets.Packet)) packets.Packet {
	c.t.Helper()
	c.v = v
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: id, Clean: true, Keepalive: 60,
	}}
	for _, f := range change {
		f(&pk)
	}
	c.send(pk)
	return c.expect(packets.Connack)
}

func (c *client) send(pk packets.Packet) {
	c.t.Helper()
	if _, err := c.conn.Write(encode(c.t, c.v, pk)); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func encode(t testing.TB, v byte, pk packets.Packet) []byte {
	t.Helper()
	pk.ProtocolVersion = v
	pk.Mods.AllowResponseInfo = true
	var b bytes.Buffer
	err := map[byte]func(*bytes.Buffer) error{
		packets.Connect: pk.ConnectEncode, packets.Publish: pk.PublishEncode, packets.Puback: pk.PubackEncode,
		packets.Pubrec: pk.PubrecEncode, packets.Pubcomp: pk.PubcompEncode,
		packets.Pubrel: pk.PubrelEncode, packets.Subscribe: pk.SubscribeEncode, packets.Unsubscribe: pk.UnsubscribeEncode,
		packets.Pingreq: pk.PingreqEncode, packets.Disconnect: pk.DisconnectEncode,
	}[pk.FixedHeader.Type](&b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read returns the next packet, or an error when the connection has ended.
func (c *client) read() (packets.Packet, error) {
	pk := packets.Packet{ProtocolVersion: c.v}
	c.conn.SetReadDeadline(time.Now().Add(patience))
	first, err := c.in.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	if pk.FixedHeader.Remaining, _, err = packets.DecodeLength(c.in); err != nil {
		return pk, err
	}
	body := make([]byte, pk.FixedHeader.Remaining)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return pk, err
	}
	decode := map[byte]func([]byte) error{
		packets.Connack: pk.ConnackDecode, packets.Publish: pk.PublishDecode, packets.Puback: pk.PubackDecode,
		packets.Pubrec: pk.PubrecDecode, packets.Pubrel: pk.PubrelDecode, packets.Pubcomp: pk.PubcompDecode, packets.Suback: pk.SubackDecode,
		packets.Unsuback: pk.UnsubackDecode, packets.Disconnect: pk.DisconnectDecode,
		packets.Pingresp: func([]byte) error { return nil },
	}[pk.FixedHeader.Type]
	return pk, decode(body)
}

func (c *client) expect(typ byte) packets.Packet {
	c.t.Helper()
	pk, err := c.read()
	for c.deaf != "" && pk.TopicName == c.deaf {
		pk, err = c.read()
	}
	if err != nil || pk.FixedHeader.Type != typ {
		c.t.Fatalf("read %s %+v, %v; want %s", packets.PacketNames[pk.FixedHeader.Type], pk, err, packets.PacketNames[typ])
	}
	return pk
}

// quiet says that nothing is waiting to be read: the answer to a ping comes next.
func (c *client) quiet() {
	c.t.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	c.expect(packets.Pingresp)
}

// ended reads until the connection ends, and returns what came before.
func (c *client) ended() (before []packets.Packet) {
	c.t.Helper()
	for {
		pk, err := c.read()
		var timeout net.Error
		switch {
		case err == nil:
			before = append(before, pk)
		case errors.As(err, &timeout) && timeout.Timeout():
			c.t.Fatal("the connection goes on")
		default:
			return before
		}
	}
}

func publish(topic, payload string, qos byte, id uint16) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos},
		TopicName:   topic, Payload: []byte(payload), PacketID: id,
	}
}

func (c *client) publish(topic, payload string, qos byte, id uint16) {
	c.t.Helper()
	c.send(publish(topic, payload, qos, id))
}

// subscribe returns the SUBACK.
func (c *client) subscribe(id uint16, filter string, qos byte, change ...func(*packets.Packet)) packets.Packet {
	c.t.Helper()
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: id,
		Filters: packets.Subscriptions{{Filter: filter, Qos: qos}},
	}
	for _, f := range change {
		f(&pk)
	}
	c.send(pk)
	ack := c.expect(packets.Suback)
	if ack.PacketID != id {
		c.t.Fatalf("SUBACK of %d; want %d", ack.PacketID, id)
	}
	return ack
}

func (c *client) granted(id uint16, filter string, qos byte, change ...func(*packets.Packet)) packets.Packet {
	c.t.Helper()
	ack := c.subscribe(id, filter, qos, change...)
	if len(ack.ReasonCodes) != 1 || ack.ReasonCodes[0] != qos {
		c.t.Fatalf("SUBACK %#x; want QoS %d", ack.ReasonCodes, qos)
	}
	return ack
}

func (c *client) unsubscribe(id uint16, filter string) {
	c.t.Helper()
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: id,
		Filters: packets.Subscriptions{{Filter: filter}},
	})
	if ack := c.expect(packets.Unsuback); ack.PacketID != id {
		c.t.Fatalf("UNSUBACK of %d; want %d", ack.PacketID, id)
	}
}

func (c *client) ack(pk packets.Packet) {
	c.t.Helper()
	switch pk.FixedHeader.Qos {
	case 1:
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
	case 2:
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrec}, PacketID: pk.PacketID})
		if rel := c.expect(packets.Pubrel); rel.PacketID != pk.PacketID || rel.ReasonCode != 0 {
			c.t.Fatalf("PUBREL of %d with %#x; want %d", rel.PacketID, rel.ReasonCode, pk.PacketID)
		}
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubcomp}, PacketID: pk.PacketID})
	}
}

// event reads a PUBLISH to rooms/{room}, acknowledges it and returns its event.
func (c *client) event() hub.Event {
	c.t.Helper()
	pk := c.expect(packets.Publish)
	e, err := hub.ParseEvent(pk.Payload)
	if err != nil {
		c.t.Fatalf("%s: %v", pk.Payload, err)
	}
	c.ack(pk)
	return e
}

// events reads events with these seqs.
func (c *client) events(from, to int64) {
	c.t.Helper()
	for want := from; want <= to; want++ {
		if e := c.event(); e.Seq != want {
			c.t.Fatalf("seq %d; want %d", e.Seq, want)
		}
	}
}

func user(pk *packets.Packet, key string) string {
	for _, p := range pk.Properties.User {
		if p.Key == key {
			return p.Val
		}
	}
	return ""
}

func withUser(pairs ...string) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		for i := 0; i < len(pairs); i += 2 {
			pk.Properties.User = append(pk.Properties.User, packets.UserProperty{Key: pairs[i], Val: pairs[i+1]})
		}
	}
}

func numbers(n int) []string {
	s := make([]string, n)
	for i := range s {
		s[i] = strconv.Itoa(i + 1)
	}
	return s
}
