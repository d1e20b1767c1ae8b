package mqtt

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

func willTo(topic, payload string, qos byte, change ...func(*packets.Packet)) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload, pk.Connect.WillQos = true, topic, []byte(payload), qos
		for _, f := range change {
			f(pk)
		}
	}
}

// A will to an ordinary topic is a message like any other: with its QoS, its
// properties, and retained where it says so (MQTT 5, 3.1.2.5, 3.1.3.2).
func TestWillToAnOrdinaryTopic(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, v := range both {
		spy := r.connect(t, 5, "spy")
		spy.granted(1, "status/+", 2)
		cl := r.connect(t, v, "c", willTo("status/c", "gone", 2, func(pk *packets.Packet) {
			pk.Connect.WillRetain = true
			p := &pk.Connect.WillProperties
			p.ContentType, p.MessageExpiryInterval, p.ResponseTopic, p.CorrelationData = "text/plain", 1000, "reply", []byte("7")
			p.User = []packets.UserProperty{{Key: "k", Val: "v"}}
		}))
		cl.conn.Close()
		pk := spy.hear("status/c", "gone", 2, false)
		if p := pk.Properties; v == 5 && (p.ContentType != "text/plain" || p.ResponseTopic != "reply" || string(p.CorrelationData) != "7" ||
			p.MessageExpiryInterval < 990 || user(&pk, "k") != "v") {
			t.Errorf("properties %+v", p)
		}
		late := r.connect(t, 4, "late")
		late.granted(1, "status/c", 0)
		late.hear("status/c", "gone", 0, true)
		spy.conn.Close()
		r.connect(t, 4, "sweeper").put("status/c", "", retained)
	}
}

// What becomes of the will of a client whose id another connection takes over (MQTT 5,
// 3.1.4-3, 3.1.2.5): it is published, unless it has a delay and the client comes back
// to go on with its session.
func TestWillOfAClientThatIsTakenOver(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	spy := r.connect(t, 5, "spy")
	spy.granted(1, "status/#", 0)
	lasting := func(delay, expiry uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) {
			pk.Connect.WillProperties.WillDelayInterval = delay
			pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = expiry, expiry > 0
		}
	}
	for _, c := range []struct {
		says          string
		v             byte
		delay, expiry uint32
		clean, heard  bool
	}{
		{"3.1.1", 4, 0, 0, true, true},
		{"3.1.1 goes on", 4, 0, 0, false, true},
		{"without a delay", 5, 0, 1000, false, true},
		{"with a delay", 5, 100, 1000, false, false},
		{"with a delay, and begins anew", 5, 100, 1000, true, true},
		{"with a delay, of a session that does not last", 5, 100, 0, false, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			old := r.connect(t, c.v, "c", willTo("status/c", c.says, 0, lasting(c.delay, c.expiry)))
			fresh := r.open(t)
			if ack := fresh.hello(c.v, "c", func(pk *packets.Packet) { pk.Connect.Clean = c.clean }); ack.ReasonCode != 0 || ack.SessionPresent {
				t.Errorf("CONNACK %#x, session present %t", ack.ReasonCode, ack.SessionPresent)
			}
			if rest := old.ended(); c.v == 5 && (len(rest) != 1 || rest[0].ReasonCode != packets.ErrSessionTakenOver.Code) {
				t.Errorf("the older one got %+v", rest)
			}
			if c.heard {
				spy.hear("status/c", c.says, 0, false)
			}
			spy.quiet()
			fresh.conn.Close()
			eventually(t, "it is gone", func() bool { return r.srv.session("c") == nil })
		})
	}
}

// However a connection ends but by a DISCONNECT with reason 0, its will is published.
func TestWillOfAClientThatIsEnded(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	spy := r.connect(t, 5, "spy")
	spy.granted(1, "status/#", 0)
	busy := r.connect(t, 5, "busy")
	for _, c := range []struct {
		says  string
		leave func(*client)
	}{
		{"it says nothing within its keep alive", func(*client) {}},
		{"it breaks the protocol", func(cl *client) {
			if _, err := cl.conn.Write(raw(0x20, "\x00\x00\x00")); err != nil {
				t.Fatal(err)
			}
		}},
		{"it does not keep up", func(cl *client) {
			cl.granted(1, "busy", 1)
			for r.srv.Stats().Slow == 0 {
				busy.put("busy", strings.Repeat("x", 100_000))
			}
		}},
		{"a half of a packet", func(cl *client) {
			if _, err := cl.conn.Write([]byte{0x30, 10, 0}); err != nil {
				t.Fatal(err)
			}
			cl.conn.Close()
		}},
	} {
		t.Run(c.says, func(t *testing.T) {
			cl := r.connect(t, 5, "c", willTo("status/c", c.says, 0), func(pk *packets.Packet) {
				pk.Connect.Keepalive, pk.Properties.ReceiveMaximum = 1, 1
			})
			c.leave(cl)
			spy.hear("status/c", c.says, 0, false)
			cl.conn.Close()
			eventually(t, "it is gone", func() bool { return r.srv.session("c") == nil })
		})
	}
}

// mosquitto_sub that is killed leaves its will, in a room and in an ordinary topic; one
// that has what it waited for says goodbye. (Stopped by a signal it may be so at a
// moment at which it cannot say it.)
func TestWillsOfMosquitto(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath(subCommand); err != nil {
		t.Fatalf("%s is not installed: make setup-test installs it", subCommand)
	}
	r := start(t, Options{})
	_, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		t.Fatal(err)
	}
	spy := r.connect(t, 5, "spy")
	spy.granted(1, "status/#", 2)
	for _, version := range []string{"311", "5"} {
		for _, topic := range []string{"status/m", "rooms/lobby"} {
			for _, killed := range []bool{true, false} {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				before := len(r.log("lobby"))
				cmd := exec.CommandContext(ctx, subCommand, "-h", "127.0.0.1", "-p", port, "-V", version, "-i", "m", "-t", "nothing", "-C", "1",
					"--will-topic", topic, "--will-payload", "gone", "--will-qos", "2")
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "it has subscribed", func() bool { return r.srv.Stats().Subscriptions == 2 })
				if !killed {
					spy.publish("nothing", "go", 0, 0)
				} else if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait()
				cancel()
				eventually(t, "it is gone", func() bool { return r.srv.session("m") == nil })
				want := before
				switch {
				case killed && topic == "status/m":
					spy.hear(topic, "gone", 2, false)
					spy.expect(packets.Pubrel)
				case killed:
					want++
				}
				spy.quiet()
				eventually(t, "what is in the log", func() bool { return len(r.log("lobby")) == want })
			}
		}
	}
}
