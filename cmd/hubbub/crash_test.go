package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"

	"hubbub/hub"
)

const (
	publishers = 20 // half on each protocol
	messages   = 60 // of each
	window     = 5  // sent and not acknowledged
	retry      = 10 * time.Millisecond
)

// crashTest is a hub that is killed while others talk to it.
type crashTest struct {
	*testing.T
	http, mqtt string
	acked      atomic.Int64
	subscribed atomic.Bool // over MQTT, at the moment

	mu   sync.Mutex
	acks map[string]int64 // by ref; the seq, where the protocol tells it
}

// Promises 2, 3, 4, 5 and 8 through kill -9: nothing acknowledged is lost, nothing
// is there twice, everybody who resumes sees the log, whole and in order, and a
// bot answers each greeting once.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	c := &crashTest{T: t, http: p.http, mqtt: p.mqtt, acks: make(map[string]int64)}

	var writers, readers sync.WaitGroup
	seen := make([][]hub.Event, 4)
	for i := range seen {
		readers.Go(func() { seen[i] = c.read(fmt.Sprint("reader", i)) })
	}
	readers.Go(c.subscribe)
	for i := range publishers {
		send := c.overWebSocket()
		if i%2 == 1 {
			send = c.overMQTT(fmt.Sprint("device", i))
		}
		writers.Go(func() { c.publish(i, send) })
	}
	for _, share := range []int64{4, 2} {
		c.await(func() bool { return c.acked.Load() >= publishers*messages/share })
		p.kill()
		p = start(t, dir, c.http, c.mqtt)
	}
	writers.Wait()
	c.await(c.subscribed.Load)
	// Written to tell the readers that this is the end.
	end := c.overWebSocket()
	for _, err := end([]string{"end"}); err != nil; {
		_, err = end([]string{"end"})
	}
	readers.Wait()

	var log []hub.Event
	c.await(func() bool { // the bot may be at it still
		log = p.log(t, "lobby")
		return c.unanswered(log) == 0
	})
	c.check(log)
	for i, events := range seen {
		for at, e := range events {
			if e.Seq != int64(at+1) || e.ID != log[at].ID {
				t.Fatalf("reader %d: event %d is seq %d, id %s; the log has id %s", i, at, e.Seq, e.ID, log[at].ID)
			}
		}
	}
	p.kill()
}

// check proves that the log holds each message once, each publisher's in
// order, and every acknowledged one where the acknowledgement said.
func (c *crashTest) check(log []hub.Event) {
	c.Helper()
	next := make([]int, publishers)
	var said int
	for at, e := range log {
		if e.Seq != int64(at+1) {
			c.Fatalf("event %d of the log has seq %d", at, e.Seq)
		}
		var publisher, n int
		if _, err := fmt.Sscanf(e.Ref, "p%d-%d", &publisher, &n); err != nil {
			continue // of a bot, or the end
		}
		said++
		if n != next[publisher] {
			c.Errorf("publisher %d: message %d is in the log where %d should be", publisher, n, next[publisher])
		}
		next[publisher] = n + 1
		if seq, ok := c.acks[e.Ref]; ok && seq != 0 && seq != e.Seq {
			c.Errorf("%s was acknowledged as seq %d and is seq %d", e.Ref, seq, e.Seq)
		}
	}
	if said != publishers*messages || len(c.acks) != publishers*messages+1 {
		c.Errorf("%d messages in the log, %d acknowledged, %d sent", said, len(c.acks), publishers*messages)
	}
}

// textOf returns what is said with a ref: every tenth is a greeting.
func textOf(ref string) string {
	if strings.HasSuffix(ref, "0") {
		return "hello from " + ref
	}
	return "text of " + ref
}

// unanswered returns how many greetings the bot has not answered, and fails
// where one was answered twice.
func (c *crashTest) unanswered(log []hub.Event) int {
	c.Helper()
	answers := make(map[string]int)
	for i := range log {
		if log[i].From.ID == "bot:greeter" {
			answers[log[i].Ref]++
		}
	}
	missing := 0
	for i := range log {
		if e := &log[i]; strings.HasPrefix(e.Text, "hello from ") {
			switch answers["re:"+e.ID] {
			case 0:
				missing++
			case 1:
			default:
				c.Errorf("%s was answered %d times", e.Ref, answers["re:"+e.ID])
			}
		}
	}
	return missing
}

func (c *crashTest) await(holds func() bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		<-tick.C
	}
}

func (c *crashTest) ack(ref string, seq int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before := c.acks[ref]; before != 0 && seq != before {
		c.Errorf("%s was acknowledged as seq %d, then as %d", ref, before, seq)
	}
	c.acks[ref] = seq
	c.acked.Add(1)
}

// send sends refs over one connection and returns how many of the first were
// acknowledged, and why not all were.
type send func(refs []string) (acked int, err error)

// publish sends messages until each is acknowledged, and again what was not.
func (c *crashTest) publish(publisher int, send send) {
	for n := 0; n < messages; {
		var refs []string
		for i := n; i < min(n+window, messages); i++ {
			refs = append(refs, fmt.Sprintf("p%d-%d", publisher, i))
		}
		acked, err := send(refs)
		n += acked
		if err != nil {
			<-time.After(retry)
		}
	}
}

func (c *crashTest) overWebSocket() send {
	var ws *websocket.Conn
	var guest string
	return func(refs []string) (acked int, err error) {
		defer func() {
			if err != nil && ws != nil {
				_ = ws.Close()
				ws = nil
			}
		}()
		if ws == nil {
			if ws, err = c.dial(&guest); err != nil {
				return 0, err
			}
		}
		for _, ref := range refs {
			e := hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Ref: ref, Text: textOf(ref)}
			if err := ws.WriteMessage(websocket.TextMessage, hub.AppendJSON(nil, &e)); err != nil {
				return 0, err
			}
		}
		for acked < len(refs) {
			e, err := next(ws)
			if err != nil {
				return acked, err
			}
			if e.Type == hub.TypeRoomAdded || e.Type == hub.TypeRoomHead { // the first message makes a member
				continue
			}
			if e.Type != hub.TypeSentMessage || e.Ref != refs[acked] {
				c.Errorf("%s was answered %+v", refs[acked], e)
			}
			c.ack(e.Ref, e.Seq)
			acked++
		}
		if refs[0] == "end" {
			_ = ws.Close()
		}
		return acked, nil
	}
}

// dial enters as the guest of that secret, or as a new one whose secret it
// sets.
func (c *crashTest) dial(guest *string) (*websocket.Conn, error) {
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+c.http+"/ws?name=ada&guest="+*guest, nil)
	if err != nil {
		return nil, err
	}
	e, err := next(ws)
	if o, ok := e.Detail.(*hub.Opened); ok {
		*guest = o.Guest
	}
	return ws, err
}

func next(ws *websocket.Conn) (hub.Event, error) {
	_ = ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	_, frame, err := ws.ReadMessage()
	if err != nil {
		return hub.Event{}, err
	}
	return hub.ParseEvent(frame)
}

func (c *crashTest) overMQTT(id string) send {
	var client paho.Client
	return func(refs []string) (acked int, err error) {
		defer func() {
			if err != nil && client != nil {
				client.Disconnect(0)
				client = nil
			}
		}()
		if client == nil {
			client = paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + c.mqtt).SetClientID(id).
				SetAutoReconnect(false).SetWriteTimeout(time.Second)) // its default is 30 s on a connection that broke
			if err := wait(client.Connect()); err != nil {
				return 0, err
			}
		}
		var tokens []paho.Token
		for _, ref := range refs {
			payload, err := json.Marshal(map[string]string{"text": textOf(ref), "ref": ref})
			if err != nil {
				return 0, err
			}
			tokens = append(tokens, client.Publish("rooms/lobby", 1, false, payload))
		}
		for _, token := range tokens {
			if err := wait(token); err != nil {
				return acked, err
			}
			c.ack(refs[acked], 0)
			acked++
		}
		if strings.HasSuffix(refs[len(refs)-1], fmt.Sprint("-", messages-1)) {
			client.Disconnect(100)
		}
		return acked, nil
	}
}

func wait(token paho.Token) error {
	if !token.WaitTimeout(30 * time.Second) {
		return errors.New("no answer")
	}
	return token.Error()
}

// read follows the room over WebSocket, resumes when it is cut off, and returns
// what it saw up to the end.
func (c *crashTest) read(name string) []hub.Event {
	var seen []hub.Event
	var epoch, guest string
	for {
		ws, err := c.dial(&guest)
		if err != nil {
			<-time.After(retry)
			continue
		}
		since := int64(len(seen))
		join := hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{Since: &since, Epoch: epoch}}
		err = ws.WriteMessage(websocket.TextMessage, hub.AppendJSON(nil, &join))
		for err == nil {
			var e hub.Event
			if e, err = next(ws); err != nil {
				if os.IsTimeout(err) {
					c.Errorf("%s was told nothing after %d", name, len(seen))
				}
				break
			}
			switch d := e.Detail.(type) {
			case *hub.Joined:
				if !d.Recovered || epoch != "" && d.Epoch != epoch {
					c.Errorf("%s could not resume after %d: %+v", name, since, d)
				}
				epoch = d.Epoch
				for _, missed := range d.Events {
					seen = append(seen, missed.Event)
				}
			default:
				if e.Seq > 0 {
					seen = append(seen, e)
				}
			}
			if len(seen) > 0 && seen[len(seen)-1].Ref == "end" {
				_ = ws.Close()
				return seen
			}
		}
		_ = ws.Close()
	}
}

// subscribe follows the room over MQTT until the end: within a connection
// nothing is missing, repeated or out of order.
func (c *crashTest) subscribe() {
	end := make(chan struct{})
	for connection := 0; ; connection++ {
		lost := make(chan struct{})
		var before int64
		client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + c.mqtt).SetClientID("subscriber").
			SetAutoReconnect(false).SetConnectionLostHandler(func(paho.Client, error) { close(lost) }))
		err := wait(client.Connect())
		if err == nil {
			err = wait(client.Subscribe("rooms/lobby", 1, func(_ paho.Client, m paho.Message) {
				e, err := hub.ParseEvent(m.Payload())
				if err != nil || before != 0 && e.Seq != before+1 {
					c.Errorf("connection %d: after seq %d came %s", connection, before, m.Payload())
				}
				if before = e.Seq; e.Ref == "end" {
					close(end)
				}
			}))
		}
		if err != nil {
			<-time.After(retry)
			continue
		}
		c.subscribed.Store(true)
		select {
		case <-lost:
			c.subscribed.Store(false)
		case <-end:
			client.Disconnect(100)
			return
		}
	}
}
