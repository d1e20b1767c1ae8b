package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// doors is a hub with all its ways in and out.
type doors struct {
	*testing.T
	*process
	tls  *secured // the same hub
	dir  string
	hook string // token
}

// sender is one way of sending: it says texts in the lobby, each acknowledged
// before it returns.
type sender struct {
	name string
	say  func(d *doors, texts []string) error
}

// receiver is one way of receiving. read tells of what comes after the place
// given, if the way can resume, until ctx ends. It calls ready when nothing that is
// said from then on is missed.
type receiver struct {
	name    string
	resumes bool
	read    reading
}

// place is where a receiver stopped.
type place struct {
	since int64
	epoch string
}

var senders = []sender{
	{"websocket", func(d *doors, texts []string) error { return d.sayBySocket("ws://"+d.http, texts) }},
	{"websocket over TLS", func(d *doors, texts []string) error { return d.sayBySocket("wss://"+d.https, texts) }},
	{"REST", func(d *doors, texts []string) error { return d.sayByREST("http://"+d.http, texts) }},
	{"REST over HTTP/2", func(d *doors, texts []string) error { return d.sayByREST("https://"+d.https, texts) }},
	{"webhook", (*doors).sayByHook},
	{"MQTT 3.1.1", func(d *doors, texts []string) error { return d.sayByMQTT("tcp://"+d.mqtt, texts) }},
	{"MQTT over WebSocket", func(d *doors, texts []string) error { return d.sayByMQTT("ws://"+d.http+"/mqtt", texts) }},
	{"MQTT over TLS", func(d *doors, texts []string) error { return d.sayByMQTT("ssl://"+d.mqtts, texts) }},
	{"MQTT over WebSocket and TLS", func(d *doors, texts []string) error { return d.sayByMQTT("wss://"+d.https+"/mqtt", texts) }},
	{"MQTT 5", func(d *doors, texts []string) error { return d.sayByMQTT5(d.mqtt, "1", texts) }},
	{"MQTT 5, QoS 2", func(d *doors, texts []string) error { return d.sayByMQTT5(d.mqtt, "2", texts) }},
	{"MQTT 5 over TLS", func(d *doors, texts []string) error { return d.sayByMQTT5(d.mqtts, "1", texts) }},
	{"command line", (*doors).sayByCommand},
	{"bot", (*doors).sayByBot},
}

var receivers = []receiver{
	{"websocket", true, at(func(d *doors) string { return "ws://" + d.http }, (*doors).readBySocket)},
	{"websocket over TLS", true, at(func(d *doors) string { return "wss://" + d.https }, (*doors).readBySocket)},
	{"server-sent events", true, at(func(d *doors) string { return "http://" + d.http }, (*doors).readByStream)},
	{"server-sent events over HTTP/2", true, at(func(d *doors) string { return "https://" + d.https }, (*doors).readByStream)},
	{"long poll", true, at(func(d *doors) string { return "http://" + d.http }, (*doors).readByPoll)},
	{"long poll over HTTP/2", true, at(func(d *doors) string { return "https://" + d.https }, (*doors).readByPoll)},
	{"MQTT 3.1.1", false, at(func(d *doors) string { return "tcp://" + d.mqtt }, (*doors).readByMQTT)},
	{"MQTT 3.1.1 over TLS", false, at(func(d *doors) string { return "ssl://" + d.mqtts }, (*doors).readByMQTT)},
	{"MQTT 5", true, at(func(d *doors) string { return d.mqtt }, (*doors).readByMQTT5)},
	{"MQTT 5 over TLS", true, at(func(d *doors) string { return d.mqtts }, (*doors).readByMQTT5)},
	{"MQTT text", false, (*doors).readByText},
	{"command line", true, (*doors).readByCommand},
}

type reading func(d *doors, ctx context.Context, from place, ready func(), told func(seq int64, text string)) error

// at is the way of receiving that read is at an address.
func at(address func(*doors) string, read func(d *doors, ctx context.Context, address string, from place, ready func(), told func(int64, string)) error) reading {
	return func(d *doors, ctx context.Context, from place, ready func(), told func(int64, string)) error {
		return read(d, ctx, address(d), from, ready, told)
	}
}

// Each way of sending reaches each way of receiving: all of it, once, in the order
// of the log, over a restart of the receiver where the way can resume.
func TestEachDoorToEach(t *testing.T) {
	dir := t.TempDir()
	hook := newHook(t, dir, "lobby")
	secure := startTLSOn(t, dir, "HUBBUB_HTTP_TLS_REDIRECT=false")
	d := &doors{t, secure.process, secure, dir, hook}
	d.say("first") // so that the room is there
	head := d.log(t, "lobby")
	var epoch struct{ Epoch string }
	d.get("/api/v1/rooms/lobby/events?wait=0s", &epoch)
	at := place{head[len(head)-1].Seq, epoch.Epoch}

	var all []*following
	for i := range receivers {
		all = append(all, d.follow(&receivers[i], at, nil))
	}
	const each = 3
	sent := func(round int) {
		t.Helper()
		for _, s := range senders {
			texts := make([]string, each)
			for i := range texts {
				texts[i] = fmt.Sprintf("%d.%d by %s", round, i, s.name)
			}
			if err := s.say(d, texts); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		}
	}
	sent(1)
	first := d.messages()
	for _, f := range all {
		f.await(first)
		if f.resumes {
			f.end()
		}
	}
	sent(2)
	log := d.messages()
	for i, f := range all {
		if f.resumes {
			all[i] = d.follow(f.receiver, place{first[len(first)-1].Seq, at.epoch}, f.texts)
		}
	}
	for _, f := range all {
		f.await(log)
		f.end()
	}
	counts := make(map[string]int) // by sender
	for _, e := range log {
		for _, s := range senders {
			if strings.HasSuffix(strings.TrimSuffix(e.Text, "!"), " by "+s.name) {
				counts[s.name]++
			}
		}
	}
	for _, s := range senders {
		if counts[s.name] != 2*each {
			t.Errorf("%d messages by %s are in the log, want %d", counts[s.name], s.name, 2*each)
		}
	}
}

// messages returns the log's messages after the first.
func (d *doors) messages() []hub.Event {
	log := d.log(d.T, "lobby")
	return slices.DeleteFunc(log, func(e hub.Event) bool { return e.Type != hub.TypeReceivedMessage || e.Seq == 1 })
}

// following is a receiver at work.
type following struct {
	*receiver
	d       *doors
	cancel  context.CancelFunc
	ended   chan error
	mu      sync.Mutex
	texts   []string
	last    int64
	changed chan struct{}
}

// follow starts a receiver that was told so much before.
func (d *doors) follow(r *receiver, from place, before []string) *following {
	d.Helper()
	ctx, cancel := context.WithCancel(d.Context())
	f := &following{receiver: r, d: d, cancel: cancel, ended: make(chan error, 1), changed: make(chan struct{}, 1), texts: before, last: from.since}
	d.Cleanup(cancel)
	ready := make(chan struct{})
	go func() {
		f.ended <- r.read(d, ctx, from, sync.OnceFunc(func() { close(ready) }), f.told)
	}()
	select {
	case <-ready:
	case err := <-f.ended:
		d.Fatalf("%s: %v", r.name, err)
	case <-time.After(20 * time.Second):
		d.Fatalf("%s is not ready", r.name)
	}
	return f
}

func (f *following) told(seq int64, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq != 0 {
		if seq <= f.last {
			f.d.Errorf("%s: seq %d after %d", f.name, seq, f.last)
		}
		f.last = seq
	}
	f.texts = append(f.texts, text)
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// await waits for all messages of the log, and fails unless they are what was told.
func (f *following) await(log []hub.Event) {
	f.d.Helper()
	patience := time.After(20 * time.Second)
	for {
		f.mu.Lock()
		got := slices.Clone(f.texts)
		f.mu.Unlock()
		if len(got) >= len(log) {
			for i, e := range log {
				if got[i] != e.Text {
					f.d.Errorf("%s: message %d is %q, want %q", f.name, i, got[i], e.Text)
				}
			}
			return
		}
		select {
		case <-f.changed:
		case err := <-f.ended:
			f.d.Fatalf("%s ended: %v", f.name, err)
		case <-patience:
			f.d.Fatalf("%s: %d of %d messages came: %q", f.name, len(got), len(log), got)
		}
	}
}

func (f *following) end() {
	f.d.Helper()
	f.cancel()
	if err := <-f.ended; err != nil && !errors.Is(err, context.Canceled) {
		f.d.Errorf("%s: %v", f.name, err)
	}
}

func (d *doors) get(path string, answer any) {
	d.Helper()
	res, err := http.Get("http://" + d.http + path)
	if err != nil {
		d.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil || res.StatusCode != http.StatusOK {
		d.Fatal(path, res.Status, err)
	}
}

func (d *doors) say(text string) {
	d.Helper()
	if err := d.sayByREST("http://"+d.http, []string{text}); err != nil {
		d.Fatal(err)
	}
}

func (d *doors) sayByREST(base string, texts []string) error {
	client := d.tls.client(d.T)
	defer client.CloseIdleConnections()
	for _, text := range texts {
		res, err := client.Post(base+"/api/v1/rooms/lobby/messages?name=rest", "application/json", strings.NewReader(fmt.Sprintf(`{"text":%q}`, text)))
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusCreated {
			return errors.New(res.Status)
		}
	}
	return nil
}

func (d *doors) sayByHook(texts []string) error {
	for _, text := range texts {
		res, err := http.Post("http://"+d.http+"/hooks/"+d.hook, "application/json", strings.NewReader(fmt.Sprintf(`{"text":%q}`, text)))
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return errors.New(res.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	return nil
}

// dialer opens sockets that trust the hub.
func (d *doors) dialer() *websocket.Dialer { return &websocket.Dialer{TLSClientConfig: d.tls.trust()} }

func (d *doors) sayBySocket(base string, texts []string) error {
	ws, res, err := d.dialer().Dial(base+"/ws?name=socket", nil)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	defer ws.Close()
	for _, text := range texts {
		if err := ws.WriteJSON(&hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: text}); err != nil {
			return err
		}
		for answered := false; !answered; {
			e, err := next(ws)
			if err != nil {
				return err
			}
			answered = e.Type == hub.TypeSentMessage
		}
	}
	return nil
}

func (d *doors) sayByMQTT(broker string, texts []string) error {
	c := paho.NewClient(paho.NewClientOptions().AddBroker(broker).SetTLSConfig(d.tls.trust()).SetClientID("device").SetProtocolVersion(4))
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		return t.Error()
	}
	defer c.Disconnect(100)
	for _, text := range texts {
		if t := c.Publish("rooms/lobby", 1, false, text); t.Wait() && t.Error() != nil {
			return t.Error()
		}
	}
	return nil
}

func (d *doors) mqtt5(ctx context.Context, address, program string, args ...string) *exec.Cmd {
	host, port, _ := strings.Cut(address, ":")
	if address == d.mqtts {
		host = "localhost" // which is what the certificate is for
		args = append(args, "--cafile", d.tls.ca.File)
	}
	return exec.CommandContext(ctx, program, append([]string{"-V", "5", "-h", host, "-p", port}, args...)...)
}

func (d *doors) sayByMQTT5(address, qos string, texts []string) error {
	for _, text := range texts {
		cmd := d.mqtt5(d.Context(), address, "mosquitto_pub", "-i", "five", "-q", qos, "-t", "rooms/lobby", "-m", text)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s (it is of Debian's mosquitto-clients)", err, out)
		}
	}
	return nil
}

func (d *doors) command(args ...string) *exec.Cmd {
	cmd := program(d.T, d.dir, args...)
	cmd.Env = append(cmd.Env, "HUBBUB_HTTP_LISTEN="+d.http)
	return cmd
}

func (d *doors) sayByCommand(texts []string) error {
	cmd := d.command("send", "lobby", "--file", "-", "--name", "shell")
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// sayByBot has the greeter answer one who is called as the answers are to end.
func (d *doors) sayByBot(texts []string) error {
	for _, text := range texts {
		number, _, _ := strings.Cut(text, " ")
		name := strings.ReplaceAll(number, ".", "-") + " by bot"
		before := len(d.messages())
		res, err := http.Post("http://"+d.http+"/api/v1/rooms/lobby/messages?name="+strings.ReplaceAll(name, " ", "+"), "application/json", strings.NewReader(`{"text":"hello"}`))
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		for len(d.messages()) < before+2 {
			if d.Context().Err() != nil {
				return errors.New("the bot did not answer")
			}
		}
	}
	return nil
}

// tell passes on a message, and nothing else, of JSON.
func tell(told func(int64, string), body []byte) error {
	e, err := hub.ParseEvent(body)
	if err == nil && e.Type == hub.TypeReceivedMessage {
		told(e.Seq, e.Text)
	}
	return err
}

func (d *doors) readBySocket(ctx context.Context, base string, from place, ready func(), told func(int64, string)) error {
	ws, res, err := d.dialer().DialContext(ctx, base+"/ws?name=reader", nil)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { _ = ws.Close() })()
	if err := ws.WriteJSON(&hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{Since: &from.since, Epoch: from.epoch}}); err != nil {
		return err
	}
	for {
		_, data, err := ws.ReadMessage()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		e, err := hub.ParseEvent(data)
		if err != nil {
			return err
		}
		if joined, ok := e.Detail.(*hub.Joined); ok {
			if !joined.Recovered {
				return errors.New("not recovered")
			}
			for _, entry := range joined.Events {
				if err := tell(told, entry.JSON); err != nil {
					return err
				}
			}
			ready()
		}
		if err := tell(told, data); err != nil {
			return err
		}
	}
}

func (d *doors) readByStream(ctx context.Context, base string, from place, ready func(), told func(int64, string)) error {
	client := d.tls.client(d.T)
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/rooms/lobby/stream?name=reader", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Last-Event-ID", fmt.Sprintf("%s:%d", from.epoch, from.since))
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	ready() // what comes later than the position is not missed
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			if err := tell(told, []byte(strings.TrimSpace(data))); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return io.ErrUnexpectedEOF
}

func (d *doors) readByPoll(ctx context.Context, base string, from place, ready func(), told func(int64, string)) error {
	client := d.tls.client(d.T)
	defer client.CloseIdleConnections()
	for {
		url := fmt.Sprintf("%s/api/v1/rooms/lobby/events?name=reader&wait=30s&since=%d&epoch=%s", base, from.since, from.epoch)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		ready()
		res, err := client.Do(req)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		var answer struct {
			Since     int64
			Recovered bool
			Events    []json.RawMessage
		}
		err = json.NewDecoder(res.Body).Decode(&answer)
		_ = res.Body.Close()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil || res.StatusCode != http.StatusOK:
			return fmt.Errorf("%s: %w", res.Status, err)
		case !answer.Recovered:
			return errors.New("not recovered")
		}
		for _, body := range answer.Events {
			if err := tell(told, body); err != nil {
				return err
			}
		}
		from.since = answer.Since
	}
}

// subscribe has a topic's payloads handed over until ctx ends.
func (d *doors) subscribe(ctx context.Context, broker, topic string, ready func(), payload func([]byte) error) error {
	failed := make(chan error, 1)
	id, _, _ := strings.Cut(broker, ":")
	opts := paho.NewClientOptions().AddBroker(broker).SetTLSConfig(d.tls.trust()).SetClientID(id + "-reader-" + strings.ReplaceAll(topic, "/", "-")).
		SetProtocolVersion(4).SetOrderMatters(true)
	c := paho.NewClient(opts)
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		return t.Error()
	}
	defer c.Disconnect(100)
	token := c.Subscribe(topic, 1, func(_ paho.Client, m paho.Message) {
		if err := payload(m.Payload()); err != nil {
			select {
			case failed <- err:
			default:
			}
		}
	})
	if token.Wait() && token.Error() != nil {
		return token.Error()
	}
	ready()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-failed:
		return err
	}
}

func (d *doors) readByMQTT(ctx context.Context, broker string, _ place, ready func(), told func(int64, string)) error {
	return d.subscribe(ctx, broker, "rooms/lobby", ready, func(body []byte) error { return tell(told, body) })
}

func (d *doors) readByText(ctx context.Context, _ place, ready func(), told func(int64, string)) error {
	return d.subscribe(ctx, "tcp://"+d.mqtt, "rooms/lobby/text", ready, func(line []byte) error {
		_, text, ok := strings.Cut(string(line), ": ")
		if !ok {
			return fmt.Errorf("a line is %q", line)
		}
		told(0, text)
		return nil
	})
}

func (d *doors) readByMQTT5(ctx context.Context, address string, from place, ready func(), told func(int64, string)) error {
	ready() // it begins after the seq given, whenever it comes
	return d.readOutput(ctx, d.mqtt5(ctx, address, "mosquitto_sub", "-i", "reader-five-"+strings.ReplaceAll(address, ":", "-"), "-q", "1", "-t", "rooms/lobby", "-F", "%p",
		"-D", "subscribe", "user-property", "since", fmt.Sprint(from.since), "-D", "subscribe", "user-property", "epoch", from.epoch),
		func(line string) error { return tell(told, []byte(line)) })
}

func (d *doors) readByCommand(ctx context.Context, from place, ready func(), told func(int64, string)) error {
	cmd := d.command("tail", "lobby", "--json", "--since", fmt.Sprint(from.since), "--name", "reader")
	ready() // it begins after the seq given, whenever it comes
	return d.readOutput(ctx, cmd, func(line string) error {
		if !strings.HasPrefix(line, "{") {
			return nil
		}
		return tell(told, []byte(line))
	})
}

// readOutput hands over the lines that a program prints until ctx ends.
func (d *doors) readOutput(ctx context.Context, cmd *exec.Cmd, line func(string) error) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if err := line(lines.Text()); err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			return err
		}
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
