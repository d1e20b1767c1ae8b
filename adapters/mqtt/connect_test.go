package mqtt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	will := func(topic string) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, topic, []byte("gone")
		}
	}
	username := func(name string) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte(name) }
	}
	unclean := func(pk *packets.Packet) { pk.Connect.Clean = false }
	for _, c := range []struct {
		name   string
		id     string
		change func(*packets.Packet)
		v3, v5 byte
	}{
		{name: "plain", id: "c"},
		{name: "a session that lasts is a clean one", id: "c", change: unclean},
		{name: "no id", id: ""},
		{name: "no id, a session that lasts", id: "", change: unclean, v3: 2},
		{name: "a long id", id: strings.Repeat("x", 128)},
		{name: "too long an id", id: strings.Repeat("x", 129), v3: 2, v5: 0x85},
		{name: "an id with a line break", id: "a\nb", v3: 2, v5: 0x85},
		{name: "a username", id: "c", change: username("Kitchen")},
		{name: "a username with a bell", id: "c", change: username("a\ab"), v3: 4, v5: 0x86},
		{name: "a long keep alive", id: "c", change: func(pk *packets.Packet) { pk.Connect.Keepalive = 0xFFFF }},
		{name: "a will to a room", id: "c", change: will("rooms/lobby")},
		{name: "a will as text", id: "c", change: will("rooms/lobby/text")},
		{name: "a will to an ordinary topic", id: "c", change: will("status/c")},
		{name: "a will to the server's topics", id: "c", change: will("$SYS/x"), v3: 5, v5: 0x87},
		{name: "a will to no room", id: "c", change: will("rooms/lobby/x"), v3: 5, v5: 0x90},
		{name: "a will to many", id: "c", change: will("status/#"), v3: 5, v5: 0x90},
	} {
		for _, v := range []byte{4, 5} {
			change := c.change
			if change == nil {
				change = func(*packets.Packet) {}
			}
			cl := r.open(t)
			ack := cl.hello(v, c.id, change)
			want := c.v5
			if v == 4 {
				want = c.v3
			}
			switch {
			case ack.ReasonCode != want || ack.SessionPresent:
				t.Errorf("%s, version %d: CONNACK %#x, session present %t; want %#x", c.name, v, ack.ReasonCode, ack.SessionPresent, want)
			case want == 0:
				cl.quiet()
			default:
				cl.ended()
			}
		}
	}
}

// MQTT 3.1.1 has no word for a packet that is too large: the log has, and the counters.
func TestWhatIsTooLargeIsCounted(t *testing.T) {
	t.Parallel()
	var lines lockedBuffer
	r := start(t, Options{MaxPacket: 5000, Logger: slog.New(slog.NewTextHandler(&lines, nil))})
	cl := r.connect(t, 4, "camera")
	cl.publish("rooms/lobby", strings.Repeat("x", 6000), 1, 1)
	if before := cl.ended(); len(before) > 0 {
		t.Errorf("read %+v", before)
	}
	if n := r.srv.Stats().RefusedPackets; n != 1 {
		t.Errorf("counted %d", n)
	}
	if got := lines.String(); !strings.Contains(got, "too large") || !strings.Contains(got, "client=camera") || !strings.Contains(got, "limit=5000") {
		t.Errorf("the log is %q", got)
	}
}

func TestWhatMQTT5IsTold(t *testing.T) {
	t.Parallel()
	r := start(t, Options{MaxPacket: 5000})
	cl := r.open(t)
	ack := cl.hello(5, "", func(pk *packets.Packet) {
		pk.Connect.Keepalive = 0xFFFF
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	})
	p := ack.Properties
	if p.ServerKeepAlive != maxKeepalive || !p.SessionExpiryIntervalFlag || p.SessionExpiryInterval != 0 || p.AssignedClientID == "" ||
		p.MaximumPacketSize != 5000 || p.MaximumQosFlag || p.ReceiveMaximum != maxUnderWay {
		t.Errorf("CONNACK %+v", p)
	}
	cl.publish("rooms/lobby", strings.Repeat("x", 6000), 1, 1)
	if bye := cl.expect(packets.Disconnect); bye.ReasonCode != packets.ErrPacketTooLarge.Code {
		t.Errorf("DISCONNECT %#x", bye.ReasonCode)
	}
	cl.ended()
}

// recorder notes what becomes of the consumers of the application that it wraps.
type recorder struct {
	mu    sync.Mutex
	lines []string
	stuck chan struct{} // Handle waits for it, where it is set
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

func (r *recorder) wrap(app hub.Application) hub.Application {
	var n atomic.Int64
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		inner, err := app(ctx, s, out)
		return &recorded{Consumer: inner, r: r, n: n.Add(1)}, err
	}
}

type recorded struct {
	hub.Consumer
	r    *recorder
	n    int64
	busy sync.Mutex
}

func (c *recorded) CheckTopic(topic string) error { return c.Consumer.(TopicChecker).CheckTopic(topic) }

func (c *recorded) Handle(ctx context.Context, e hub.Event) error {
	if !c.busy.TryLock() {
		c.r.note("two at once")
	} else {
		defer c.busy.Unlock()
	}
	c.r.note("%d %s", c.n, e.Type)
	if c.r.stuck != nil && e.Type == TypePublish && c.n == 1 {
		<-c.r.stuck
	}
	return c.Consumer.Handle(ctx, e)
}

func (c *recorded) Close(ctx context.Context, cause error) {
	c.r.note("%d closed: %v", c.n, cause)
	c.Consumer.Close(ctx, cause)
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	rec := &recorder{stuck: make(chan struct{})}
	r := startWith(t, Options{}, rec.wrap)
	old := r.connect(t, 5, "c", func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "rooms/will", []byte("gone")
	})
	old.granted(1, "rooms/lobby", 0)
	old.publish("rooms/lobby", "x", 0, 0)
	eventually(t, "the publish is handled", func() bool { return len(rec.all()) == 2 })
	young := r.open(t)
	young.v = 5
	young.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: "c", Clean: true,
	}})
	young.publish("rooms/lobby", "y", 1, 1)
	close(rec.stuck)
	young.expect(packets.Connack)
	young.expect(packets.Puback)
	bye := old.ended()
	if last := bye[len(bye)-1]; last.FixedHeader.Type != packets.Disconnect || last.ReasonCode != packets.ErrSessionTakenOver.Code {
		t.Errorf("the old one was told %+v", last)
	}
	young.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	young.ended()
	eventually(t, "the young one is closed", func() bool { return len(rec.all()) >= 6 })
	want := []string{
		"1 mqtt.subscribe", "1 mqtt.publish", "1 mqtt.publish", "1 closed: " + errTakenOver.Error(),
		"2 mqtt.publish", "2 closed: <nil>",
	}
	if got := rec.all(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAChainOfTakeovers(t *testing.T) {
	t.Parallel()
	rec := &recorder{}
	r := startWith(t, Options{}, rec.wrap)
	const n = 20
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			cl := r.open(t)
			cl.hello(4, "c")
			cl.ended()
		})
	}
	closed := func() (n int) {
		for _, line := range rec.all() {
			if strings.Contains(line, "closed") {
				n++
			}
		}
		return n
	}
	eventually(t, "all but one are closed", func() bool { return closed() == n-1 })
	r.connect(t, 4, "c").quiet()
	all.Wait()
	if got := closed(); got != n {
		t.Errorf("%d closed; want %d", got, n)
	}
}

func TestWill(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Linger: 100 * time.Millisecond})
	spy := r.connect(t, 5, "spy")
	spy.granted(1, "#", 0)
	reader := r.connect(t, 5, "reader")
	reader.granted(1, "rooms/lobby", 0)
	for _, c := range []struct {
		name  string
		v     byte
		topic string
		leave func(*client)
		heard bool
	}{
		{"3.1.1 breaks off", 4, "rooms/lobby", func(cl *client) { cl.conn.Close() }, true},
		{"5 breaks off", 5, "rooms/lobby/text", func(cl *client) { cl.conn.Close() }, true},
		{"5 asks for it", 5, "rooms/lobby", func(cl *client) {
			cl.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ReasonCode: 4})
		}, true},
		{"a protocol error", 4, "rooms/lobby", func(cl *client) {
			cl.conn.Write([]byte{0x82, 2, 0, 0})
		}, true},
		{"3.1.1 says goodbye", 4, "rooms/lobby", func(cl *client) {
			cl.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
		}, false},
		{"5 says goodbye", 5, "rooms/lobby", func(cl *client) {
			cl.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := r.connect(t, c.v, "c", func(pk *packets.Packet) {
				pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, c.topic, []byte(c.name)
				pk.Connect.WillRetain = true
				pk.Connect.WillProperties.WillDelayInterval = 100
			})
			c.leave(cl)
			eventually(t, "the connection is gone", func() bool { return r.srv.Stats().Connections == 2 })
			if c.heard {
				if e := reader.event(); e.Text != c.name || e.From.ID != "mqtt:c" {
					t.Errorf("event %+v", e)
				}
			}
			reader.quiet()
		})
	}
	// Those to rooms are no ordinary messages, and the others are.
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "status/c", []byte("gone")
		pk.Connect.WillProperties.WillDelayInterval = 100
	})
	cl.conn.Close()
	if pk := spy.expect(packets.Publish); pk.TopicName != "status/c" {
		t.Errorf("through #: %s", pk.TopicName)
	}
	spy.quiet()
}

func TestRefusedByTheApplication(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		v3, v5 byte
	}{
		{hub.Errorf(hub.Unauthorized, "Who are you?"), 4, 0x86},
		{hub.Errorf(hub.Forbidden, "Not you."), 5, 0x87},
		{hub.Errorf(hub.RateLimited, "Not so fast."), 3, 0x9F},
		{errors.New("broken"), 3, 0x88},
	} {
		r := startWith(t, Options{}, func(hub.Application) hub.Application {
			return func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return nil, c.err }
		})
		v4, v5 := r.open(t), r.open(t)
		if ack := v4.hello(4, "c"); ack.ReasonCode != c.v3 {
			t.Errorf("%v: return code %d; want %d", c.err, ack.ReasonCode, c.v3)
		}
		if ack := v5.hello(5, "c"); ack.ReasonCode != c.v5 || ack.Properties.ReasonString == "" {
			t.Errorf("%v: reason %#x %q; want %#x", c.err, ack.ReasonCode, ack.Properties.ReasonString, c.v5)
		}
		v4.ended()
		v5.ended()
	}
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c", func(pk *packets.Packet) { pk.Connect.Keepalive = 1 })
	began := time.Now()
	if bye := cl.expect(packets.Disconnect); bye.ReasonCode != packets.ErrKeepAliveTimeout.Code {
		t.Errorf("DISCONNECT %#x", bye.ReasonCode)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("after %v", took)
	}
}
