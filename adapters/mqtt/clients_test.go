package mqtt

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"

	"hubbub/hub"
)

func TestPaho311(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	got := make(chan paho3.Message, 10)
	cl := paho3.NewClient(paho3.NewClientOptions().AddBroker("tcp://" + r.addr).SetClientID("paho").
		SetUsername("Kitchen").SetCleanSession(false).SetAutoReconnect(false).SetProtocolVersion(4))
	wait := func(what string, token paho3.Token) {
		t.Helper()
		if !token.WaitTimeout(patience) || token.Error() != nil {
			t.Fatalf("%s: %v", what, token.Error())
		}
	}
	wait("connect", cl.Connect())
	defer cl.Disconnect(100)
	on := func(_ paho3.Client, m paho3.Message) { got <- m }
	wait("subscribe", cl.Subscribe("rooms/lobby", 1, on))
	wait("subscribe", cl.Subscribe("rooms/lobby/text", 0, on))
	for qos := range byte(3) {
		wait("publish", cl.Publish("rooms/lobby", qos, false, fmt.Sprintf(`{"text":"QoS %d"}`, qos)))
	}
	events, lines := 0, 0
	for range 6 {
		select {
		case m := <-got:
			if m.Topic() == "rooms/lobby" {
				e, err := hub.ParseEvent(m.Payload())
				if err != nil || e.Text != fmt.Sprintf("QoS %d", events) || e.From.Name != "Kitchen" {
					t.Errorf("event %s, %v", m.Payload(), err)
				}
				events++
				continue
			}
			if want := fmt.Sprintf("Kitchen: QoS %d", lines); string(m.Payload()) != want {
				t.Errorf("line %q; want %q", m.Payload(), want)
			}
			lines++
		case <-time.After(patience):
			t.Fatal("too few messages")
		}
	}
	wait("unsubscribe", cl.Unsubscribe("rooms/lobby", "rooms/lobby/text"))
}

func TestPaho5(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *paho5.Publish, 10)
	cl := paho5.NewClient(paho5.ClientConfig{
		Conn: conn,
		OnPublishReceived: []func(paho5.PublishReceived) (bool, error){func(p paho5.PublishReceived) (bool, error) {
			got <- p.Packet
			return true, nil
		}},
	})
	if _, err := cl.Connect(ctx, &paho5.Connect{ClientID: "paho", KeepAlive: 30, CleanStart: true}); err != nil {
		t.Fatal(err)
	}
	r.say("lobby", "1", "2")
	one := 1
	ack, err := cl.Subscribe(ctx, &paho5.Subscribe{
		Properties: &paho5.SubscribeProperties{
			SubscriptionIdentifier: &one, User: paho5.UserProperties{{Key: "since", Value: "1"}},
		},
		Subscriptions: []paho5.SubscribeOptions{{Topic: "rooms/lobby", QoS: 1}},
	})
	if err != nil || ack.Properties.User.Get("recovered") != "true" {
		t.Fatalf("SUBACK %+v, %v", ack, err)
	}
	for i := range 100 {
		if _, err := cl.Publish(ctx, &paho5.Publish{Topic: "rooms/lobby", QoS: 1, Payload: []byte(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cl.Publish(ctx, &paho5.Publish{Topic: "rooms/lobby", QoS: 1}); err == nil {
		t.Error("an empty payload is acknowledged")
	}
	for seq := 2; seq <= 102; seq++ {
		select {
		case p := <-got:
			if p.Properties.User.Get("seq") != fmt.Sprint(seq) || p.Properties.SubscriptionIdentifier == nil {
				t.Fatalf("seq %s; want %d", p.Properties.User.Get("seq"), seq)
			}
		case <-ctx.Done():
			t.Fatal("too few messages")
		}
	}
	if err := cl.Disconnect(&paho5.Disconnect{}); err != nil {
		t.Error(err)
	}
}

// Eclipse's command line clients.
const (
	pubCommand = "mosquitto_pub"
	subCommand = "mosquitto_sub"
)

func TestMosquitto(t *testing.T) {
	t.Parallel()
	for _, name := range []string{pubCommand, subCommand} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed: make setup-test installs it", name)
		}
	}
	r := start(t, Options{})
	_, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) *exec.Cmd {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		t.Cleanup(cancel)
		return exec.CommandContext(ctx, name, append([]string{"-h", "127.0.0.1", "-p", port}, args...)...)
	}
	for _, c := range []struct{ version, qos string }{
		{"311", "0"}, {"311", "1"}, {"311", "2"}, {"5", "0"}, {"5", "1"}, {"5", "2"},
	} {
		room := "room-" + c.version + "-" + c.qos
		var out bytes.Buffer
		sub := run(subCommand, "-V", c.version, "-q", c.qos, "-t", "rooms/"+room+"/text", "-C", "2", "-i", "sub-"+room)
		sub.Stdout = &out
		if err := sub.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the subscriber has subscribed", func() bool {
			s := r.srv.session("sub-" + room)
			if s == nil {
				return false
			}
			s.window.mu.Lock()
			defer s.window.mu.Unlock()
			return len(s.subs) == 1 && !s.window.held
		})
		for _, m := range []string{"hello", `{"text":"wörld"}`} {
			pub := run(pubCommand, "-V", c.version, "-q", c.qos, "-t", "rooms/"+room, "-m", m, "-u", "pub")
			if said, err := pub.CombinedOutput(); err != nil || strings.Contains(string(said), "rror") {
				t.Errorf("publisher -V %s -q %s: %v %s", c.version, c.qos, err, said)
			}
		}
		if err := sub.Wait(); err != nil || out.String() != "pub: hello\npub: wörld\n" {
			t.Errorf("subscriber -V %s -q %s: %v %q", c.version, c.qos, err, out.String())
		}
		// An ordinary topic retains it for whoever comes later.
		topic := "plain/" + room
		if said, err := run(pubCommand, "-V", c.version, "-q", c.qos, "-r", "-t", topic, "-m", "kept").CombinedOutput(); err != nil || strings.Contains(string(said), "rror") {
			t.Errorf("publisher -V %s -q %s: %v %s", c.version, c.qos, err, said)
		}
		said, err := run(subCommand, "-V", c.version, "-q", c.qos, "-t", topic+"/#", "-C", "1", "-F", "%t %q %r %p").CombinedOutput()
		if want := fmt.Sprintf("%s %s 1 kept\n", topic, c.qos); err != nil || string(said) != want {
			t.Errorf("a later subscriber: %v %q; want %q", err, said, want)
		}
	}
}

func (srv *Server) session(id string) *session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.clients[id]
}
