package websocket_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// byName identifies whoever names a name.
func byName(r *http.Request) (hub.User, string, error) {
	name := r.URL.Query().Get("name")
	if name == "" {
		return hub.User{}, "", hub.Errorf(hub.Unauthorized, "Who are you?")
	}
	return hub.User{ID: "id-" + name, Name: name, Kind: hub.Guest}, "secret-" + name, nil
}

// serve runs app's server and returns it with its address.
func serve(t testing.TB, app hub.Application, opts websocket.Options) (*websocket.Server, string) {
	t.Helper()
	s, web := serveOn(t, app, opts, (*httptest.Server).Start)
	return s, "ws" + strings.TrimPrefix(web.URL, "http")
}

// serveOn does so on a listener that start begins to serve.
func serveOn(t testing.TB, app hub.Application, opts websocket.Options, start func(*httptest.Server)) (*websocket.Server, *httptest.Server) {
	t.Helper()
	opts.Identify = byName
	if opts.Rest == 0 {
		opts.Rest = time.Millisecond // as often as can be, so that all holds for connections at rest
	}
	s := websocket.New(app, opts)
	web := httptest.NewUnstartedServer(s)
	start(web)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		web.Close()
	})
	return s, web
}

// newChat serves a whole hub's chat.
func newChat(t *testing.T, opts websocket.Options) (*hub.Hub, *websocket.Server, string) {
	t.Helper()
	return newChatOn(t, hub.NewMemoryLayer(), hub.Options{}, opts)
}

// newChatOn does so on this layer, as the hub's options say.
func newChatOn(t *testing.T, layer hub.Layer, of hub.Options, opts websocket.Options) (*hub.Hub, *websocket.Server, string) {
	t.Helper()
	h := newHub(t, layer, of)
	s, url := serve(t, websocket.Chat(chat.New(h)), opts)
	return h, s, url
}

func newHub(t testing.TB, layer hub.Layer, opts hub.Options) *hub.Hub {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h := hub.New(store, layer, opts)
	t.Cleanup(h.Close)
	return h
}

// client is a participant on a socket.
type client struct {
	*gorilla.Conn
	t testing.TB
}

func dial(t testing.TB, url string) *client {
	t.Helper()
	ws, res, err := gorilla.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err, res)
	}
	t.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	return &client{ws, t}
}

// enter dials as name and reads session.opened.
func enter(t testing.TB, url, name string) *client {
	t.Helper()
	c := dial(t, url+"?name="+name)
	e := c.next()
	if o, ok := e.Detail.(*hub.Opened); e.Type != hub.TypeSessionOpened || !ok || o.User.Name != name || o.Guest != "secret-"+name {
		t.Fatalf("the first event is %+v", e)
	}
	return c
}

func (c *client) say(format string, args ...any) {
	c.t.Helper()
	if err := c.WriteMessage(gorilla.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) next() hub.Event {
	c.t.Helper()
	_, frame, err := c.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	e, err := hub.ParseEvent(frame)
	if err != nil {
		c.t.Fatalf("%s: %v", frame, err)
	}
	return e
}

// await returns the next event of that type and skips others.
func (c *client) await(typ string) hub.Event {
	c.t.Helper()
	for {
		if e := c.next(); e.Type == typ {
			return e
		} else if e.Type == hub.TypeError {
			c.t.Fatalf("waiting for %s: %+v", typ, e.Detail)
		}
	}
}

// closed reads to the end and returns its close code.
func (c *client) closed() int {
	c.t.Helper()
	for {
		_, _, err := c.ReadMessage()
		if end, ok := errors.AsType[*gorilla.CloseError](err); ok {
			return end.Code
		}
		if err != nil {
			c.t.Fatalf("ended without a close frame: %v", err)
		}
	}
}

func TestChat(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	ada, bob := enter(t, url, "ada"), enter(t, url, "bob")
	for _, c := range []*client{ada, bob} {
		c.say(`{"type":"room.join","room":"lobby","ref":"j"}`)
		if e := c.await(hub.TypeRoomJoined); e.Ref != "j" || e.Detail.(*hub.Joined).Head != 0 {
			t.Errorf("joined as %+v", e)
		}
	}
	ada.say(`{"type":"chat.send_message","room":"lobby","ref":"r1","text":"hi"}`)
	sent := ada.await(hub.TypeSentMessage)
	if sent.Ref != "r1" || sent.Seq != 1 || sent.ID == "" {
		t.Errorf("sent as %+v", sent)
	}
	e := bob.await(hub.TypeReceivedMessage)
	want := hub.Participant{ID: "id-ada", Name: "ada", Kind: hub.Guest, Via: "websocket"}
	if e.Text != "hi" || e.ID != sent.ID || e.Seq != 1 || e.From != want || e.Ref != "r1" {
		t.Errorf("received %+v", e)
	}
	bob.say(`{"type":"room.history","room":"lobby","ref":"h"}`)
	if h, ok := bob.await(hub.TypeRoomHistory).Detail.(*hub.History); !ok || len(h.Events) != 1 || h.Events[0].Event.ID != sent.ID {
		t.Errorf("history is %+v", h)
	}
	bob.say(`{"type":"room.leave","room":"lobby","ref":"l"}`)
	bob.await(hub.TypeRoomLeft)
	ada.say(`{"type":"chat.send_message","room":"lobby","text":"gone?"}`)
	ada.await(hub.TypeSentMessage)
	bob.say(`{"type":"room.leave","room":"lobby","ref":"l2"}`)
	if e := bob.next(); e.Ref != "l2" || e.Type != hub.TypeError || e.Detail.(*hub.Problem).Code != hub.NotFound {
		t.Errorf("after leaving: %+v", e)
	}
}

// Promise 5: what was missed is in the answer, and nothing lies between it and
// what follows, while others go on sending.
func TestResume(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	sender := enter(t, url, "sender")
	sender.say(`{"type":"room.join","room":"lobby"}`)
	epoch := sender.await(hub.TypeRoomJoined).Detail.(*hub.Joined).Epoch
	const total = 300
	go func() {
		for n := range total {
			sender.say(`{"type":"chat.send_message","room":"lobby","ref":"r%d","text":"hi"}`, n)
		}
	}()
	var seen int64
	for seen < total {
		reader := dial(t, url+"?name=reader")
		reader.say(`{"type":"room.join","room":"lobby","since":%d,"epoch":"%s","refs":["r0"]}`, seen, epoch)
		joined := reader.await(hub.TypeRoomJoined).Detail.(*hub.Joined)
		if !joined.Recovered {
			t.Fatalf("not recovered: %+v", joined)
		}
		for _, e := range joined.Events {
			if seen++; e.Event.Seq != seen {
				t.Fatalf("missed event has seq %d, want %d", e.Event.Seq, seen)
			}
		}
		for n := 0; n < 20 && seen < total; n++ {
			if e := reader.await(hub.TypeReceivedMessage); e.Seq != seen+1 {
				t.Fatalf("event has seq %d, want %d", e.Seq, seen+1)
			}
			seen++
		}
		_ = reader.UnderlyingConn().Close() // without a close frame
	}
	again := enter(t, url, "sender")
	again.say(`{"type":"room.join","room":"lobby","since":%d,"epoch":"another","limit":2,"refs":["r0","unknown"]}`, seen)
	joined := again.await(hub.TypeRoomJoined).Detail.(*hub.Joined)
	if joined.Recovered || len(joined.Events) != 2 || len(joined.Kept) != 1 || joined.Kept[0].Ref != "r0" || joined.Kept[0].Seq != 1 {
		t.Errorf("another epoch: %+v", joined)
	}
}

func TestABadFrameIsAnsweredAndTenEndIt(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	c := enter(t, url, "ada")
	bad := []string{"junk", "[]", `{"type":"no.such"}`, `{"type":"room.join","room":"NO","ref":"r"}`, `{"type":"room.join","room":"lobby","since":"x"}`}
	for i, frame := range bad {
		c.say("%s", frame)
		e := c.next()
		if p, ok := e.Detail.(*hub.Problem); !ok || p.Code != hub.Invalid || p.Message == "" {
			t.Errorf("frame %d was answered %+v", i, e)
		}
	}
	c.say(`{"type":"room.join","room":"lobby"}`)
	c.await(hub.TypeRoomJoined) // starts the count anew
	if err := c.WriteMessage(gorilla.BinaryMessage, []byte("x")); err != nil {
		t.Fatal(err)
	}
	for range 9 {
		c.say("junk")
	}
	if code := c.closed(); code != gorilla.ClosePolicyViolation {
		t.Errorf("closed with %d", code)
	}
}

func TestTheEnds(t *testing.T) {
	_, s, url := newChat(t, websocket.Options{ReadLimit: 1000})
	big := enter(t, url, "big")
	big.say(`{"type":"chat.send_message","room":"lobby","text":"%s"}`, strings.Repeat("x", 1000))
	if code := big.closed(); code != gorilla.CloseMessageTooBig {
		t.Errorf("a frame over the limit closed with %d", code)
	}
	polite := enter(t, url, "polite")
	if err := polite.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(gorilla.CloseNormalClosure, "bye")); err != nil {
		t.Fatal(err)
	}
	if code := polite.closed(); code != gorilla.CloseNormalClosure {
		t.Errorf("a close was answered with %d", code)
	}
	stays := enter(t, url, "stays")
	go s.Shutdown(t.Context())
	if code := stays.closed(); code != gorilla.CloseServiceRestart {
		t.Errorf("a stopping server closed with %d", code)
	}
}

func TestTheUpgradeIsRefused(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	for _, test := range []struct {
		name, query string
		header      http.Header
		want        int
	}{
		{"nobody", "", nil, http.StatusUnauthorized},
		{"a page of another site", "?name=ada", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
	} {
		_, res, err := gorilla.DefaultDialer.Dial(url+test.query, test.header)
		if err == nil || res.StatusCode != test.want || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v, %v", test.name, err, res)
		}
	}
	res, err := http.Get("http" + strings.TrimPrefix(url, "ws") + "?name=ada")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var problem struct{ Status int }
	if err := json.NewDecoder(res.Body).Decode(&problem); err != nil || problem.Status != http.StatusBadRequest {
		t.Errorf("no upgrade asked for: %+v, %v", problem, err)
	}
}

// A library user's application on the protocol's own events.
func TestEcho(t *testing.T) {
	ended := make(chan error, 1)
	_, url := serve(t, func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return &echo{out, ended}, nil
	}, websocket.Options{Ping: 20 * time.Millisecond})
	c := dial(t, url+"?name=ada")
	pings := make(chan struct{}, 1)
	c.SetPingHandler(func(data string) error {
		select {
		case pings <- struct{}{}:
		default:
		}
		return c.WriteControl(gorilla.PongMessage, []byte(data), time.Now().Add(time.Second))
	})
	for pinged := false; !pinged; {
		c.say("hello")
		if _, got, err := c.ReadMessage(); err != nil || string(got) != "hello" {
			t.Fatalf("echoed %q, %v", got, err)
		}
		select {
		case <-pings:
			pinged = true
		default:
		}
	}
	_ = c.Close() // without a close frame
	if err := <-ended; err == nil {
		t.Error("a cut connection ended without a cause")
	}
}

type echo struct {
	out   hub.Sender
	ended chan error
}

func (e *echo) Handle(_ context.Context, ev hub.Event) error {
	return e.out.Send(hub.Event{Type: websocket.TypeSend, Detail: ev.Detail})
}

func (e *echo) Close(_ context.Context, cause error) { e.ended <- cause }

// What a consumer is handed is its own: the next message does not change it.
func TestWhatAConsumerIsHandedIsItsOwn(t *testing.T) {
	var kept [][]byte
	_, url := serve(t, func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
			kept = append(kept, e.Detail.(*hub.SocketMessage).Data)
			if len(kept) < 3 {
				return nil
			}
			return out.Send(hub.SocketText(fmt.Sprintf("%s", kept)))
		}), nil
	}, websocket.Options{})
	c := dial(t, url+"?name=ada")
	c.say("one")
	c.say("two")
	c.say("three")
	if _, got, err := c.ReadMessage(); err != nil || string(got) != "[one two three]" {
		t.Errorf("it kept %s, %v", got, err)
	}
}

func TestADeadPeerIsCutOff(t *testing.T) {
	ended := make(chan error, 1)
	_, url := serve(t, func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return &echo{out, ended}, nil
	}, websocket.Options{Ping: 20 * time.Millisecond})
	dial(t, url+"?name=ada") // reads nothing, so answers no ping
	var timeout net.Error
	if err := <-ended; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("ended with %v", err)
	}
}

// Who asks for more than it takes is not read meanwhile, and not cut off.
func TestManyAnswersAtOnce(t *testing.T) {
	h, _, url := newChat(t, websocket.Options{})
	s := &hub.Scope{ID: "s", Type: hub.ScopeChat, User: hub.User{ID: "sender", Name: "sender", Kind: hub.Bot}}
	const rooms, each = 12, 60
	var stored sync.WaitGroup
	for room := range rooms {
		for range each {
			stored.Add(1)
			e := &hub.Event{Type: hub.TypeSendMessage, Room: fmt.Sprint("room", room), Text: strings.Repeat("x", 16<<10)}
			h.Publish(t.Context(), s, e, func(_ *hub.Entry, err error) {
				if err != nil {
					t.Error(err)
				}
				stored.Done()
			})
		}
	}
	stored.Wait()
	c := enter(t, url, "ada")
	for room := range rooms {
		c.say(`{"type":"room.join","room":"room%d","since":0}`, room)
	}
	for answers := 0; answers < rooms; {
		if e := c.next(); e.Type == hub.TypeRoomJoined {
			answers++
			if d := e.Detail.(*hub.Joined); len(d.Events) != each {
				t.Errorf("%s: %d events", e.Room, len(d.Events))
			}
		}
	}
}

func TestPingsDoNotKeepWhoWasToldToGo(t *testing.T) {
	_, _, url := newChat(t, websocket.Options{})
	c := enter(t, url, "ada")
	for range 10 {
		c.say("junk")
	}
	// It reads nothing, so does not answer the close frame, and goes on pinging.
	began := time.Now()
	for err := error(nil); err == nil; {
		err = c.WriteControl(gorilla.PingMessage, nil, time.Now().Add(time.Second))
		if time.Since(began) > 10*time.Second {
			t.Fatal("it is connected still")
		}
		<-time.After(20 * time.Millisecond)
	}
}

// A participant is told that there will be no history to read, and nothing to
// edit, before it asks.
func TestJoinSaysThatARoomKeepsNothing(t *testing.T) {
	_, _, url := newChatOn(t, hub.NewMemoryLayer(), hub.Options{
		Policy: func(room string) hub.Policy { return hub.Policy{Ephemeral: room == "raw"} },
	}, websocket.Options{})
	ada := enter(t, url, "ada")
	for room, ephemeral := range map[string]bool{"raw": true, "lobby": false} {
		ada.say(`{"type":"room.join","room":%q}`, room)
		if d := ada.await(hub.TypeRoomJoined).Detail.(*hub.Joined); d.Ephemeral != ephemeral {
			t.Errorf("%s: joined as %+v", room, d)
		}
	}
}
