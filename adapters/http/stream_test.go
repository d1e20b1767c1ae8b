package http_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
)

// source is what a browser's EventSource is.
type source struct {
	t    *testing.T
	base string // URL of the server, or of a wire to it
	path string
	id   string // of the last event that had one
	in   *bufio.Reader
	end  func() // of the connection

	comments int
	retry    string
}

func newSource(t *testing.T, base, path string) *source {
	t.Helper()
	s := &source{t: t, base: base, path: path}
	t.Cleanup(s.close)
	return s
}

func (s *source) close() {
	if s.end != nil {
		s.end()
	}
}

// transportOf returns a way to a server, or a wire to one, by the version of HTTP
// that it has.
func transportOf(base string) *http.Transport {
	if strings.HasPrefix(base, "https://") {
		return &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	}
	return &http.Transport{DisableKeepAlives: true}
}

// open connects and returns the first event, a room.joined.
func (s *source) open() *hub.Joined {
	s.t.Helper()
	s.close()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+s.path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.id != "" {
		r.Header.Set("Last-Event-ID", s.id)
	}
	transport := transportOf(s.base)
	res, err := transport.RoundTrip(r) //nolint:bodyclose // close does
	if err != nil {
		s.t.Fatal(err)
	}
	if want := strings.HasPrefix(s.base, "https://"); want != (res.ProtoMajor == 2) {
		s.t.Errorf("%s is served by %s", s.base, res.Proto)
	}
	s.in, s.end = bufio.NewReader(res.Body), func() {
		_ = res.Body.Close()
		transport.CloseIdleConnections()
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		b, _ := io.ReadAll(res.Body)
		s.t.Fatalf("%s: %s %s", s.path, res.Status, b)
	}
	e, err := s.next()
	if err != nil {
		s.t.Fatal(err)
	}
	joined, ok := e.Detail.(*hub.Joined)
	if !ok {
		s.t.Fatalf("the stream begins with %+v", e)
	}
	return joined
}

// next returns the next event; its error is that of the connection.
func (s *source) next() (hub.Event, error) {
	s.t.Helper()
	var id, data string
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return hub.Event{}, err
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			id = value
		case "data":
			data = value
		case "retry":
			s.retry = value
		case "":
			if line != "\n" {
				s.comments++
			}
			if data == "" {
				continue
			}
			if id != "" {
				s.id = id
			}
			e, err := hub.ParseEvent([]byte(data))
			if err != nil {
				s.t.Fatalf("%s: %v", data, err)
			}
			return e, nil
		default:
			s.t.Fatalf("the stream has %q", line)
		}
	}
}

// logged returns the next event of the log.
func (s *source) logged() hub.Event {
	s.t.Helper()
	for {
		e, err := s.next()
		if err != nil {
			s.t.Fatal(err)
		}
		if e.Seq > 0 {
			return e
		}
	}
}

func (s *server) post(t *testing.T, room, text string) sent {
	t.Helper()
	return call[sent](t, s, "ada", "POST", "/api/v1/rooms/"+room+"/messages", fmt.Sprintf(`{"text":%q}`, text), 201)
}

func TestAStream(t *testing.T) { eachVersion(t, aStream) }

func aStream(t *testing.T, newServer opens) {
	t.Helper()
	s := newServer(t)
	in := newSource(t, s.URL, lobby+"/stream?name=bob&limit=5")
	s.post(t, "lobby", "one")
	if j := in.open(); j.Recovered || j.Head != 1 || len(j.Events) != 1 || j.Epoch == "" || in.id != j.Epoch+":1" || in.retry == "" {
		t.Errorf("joined: %+v, id %s, retry %s", j, in.id, in.retry)
	}
	s.post(t, "lobby", "two")
	if e := in.logged(); e.Seq != 2 || e.Text != "two" || e.From.Via != "http" || !strings.HasSuffix(in.id, ":2") {
		t.Errorf("then %+v with id %s", e, in.id)
	}
	s.post(t, "lobby", "three")
	if j := in.open(); !j.Recovered || j.Head != 2 {
		t.Errorf("resumed: %+v", j)
	}
	if e := in.logged(); e.Seq != 3 {
		t.Errorf("then %+v", e)
	}

	in.id = "2" // a bare seq
	if j := in.open(); !j.Recovered || in.logged().Seq != 3 {
		t.Errorf("resumed with a bare seq: %+v", j)
	}
	in.id, in.path = "", in.path+"&since=1" // where no header can be sent
	if j := in.open(); !j.Recovered || in.logged().Seq != 2 {
		t.Errorf("resumed with since: %+v", j)
	}
	for _, lost := range []string{"another:2", "99"} {
		in.id = lost
		if j := in.open(); j.Recovered || j.Head != 3 {
			t.Errorf("resumed with %s: %+v", lost, j)
		}
	}
}

// What cannot be a stream is a problem document.
func TestStreamsThatAreRefused(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct {
		path, id, site string
		status         int
		code           hub.Code
	}{
		{lobby + "/stream", "", "", 401, hub.Unauthorized},
		{"/api/v1/rooms/NO/stream?name=bob", "", "", 400, hub.Invalid},
		{lobby + "/stream?name=bob", "x:y", "", 400, hub.Invalid},
		{lobby + "/stream?name=bob&since=-1", "", "", 400, hub.Invalid},
		{lobby + "/stream?name=bob&limit=many", "", "", 400, hub.Invalid},
		{lobby + "/stream?name=bob&limit=-1", "", "", 400, hub.Invalid},
		{"/api/v1/rooms/dm.a.b/stream?name=bob", "", "", 403, hub.Forbidden},
		{lobby + "/stream?name=bob", "", "cross-site", 403, hub.Forbidden},
		{lobby + "/events?name=bob", "", "cross-site", 403, hub.Forbidden},
		{lobby + "/events?name=bob&wait=long", "", "", 400, hub.Invalid},
		{lobby + "/events?name=bob&since=x", "", "", 400, hub.Invalid},
		{"/api/v1/rooms/NO/events?name=bob", "", "", 400, hub.Invalid},
	} {
		res, body := s.do(t, "GET", test.path, "", func(r *http.Request) {
			r.Header.Set("Last-Event-ID", test.id)
			r.Header.Set("Sec-Fetch-Site", test.site)
		})
		if res.StatusCode != test.status || !strings.Contains(body, `"code":"`+string(test.code)+`"`) {
			t.Errorf("%s: %s %s", test.path, res.Status, body)
		}
	}
	if res, _ := s.do(t, "HEAD", lobby+"/stream?name=bob", "", nil); res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %v", res)
	}
}

// Promises 2 and 5: over a wire that is cut again and again a stream shows every
// event once, in order.
func TestAStreamOverAWireThatIsCut(t *testing.T) { eachVersion(t, aStreamOverAWireThatIsCut) }

func aStreamOverAWireThatIsCut(t *testing.T, newServer opens) {
	t.Helper()
	s := newServer(t)
	scheme, addr, _ := strings.Cut(s.URL, "://")
	wire := hubtest.NewProxy(t, addr)
	in := newSource(t, scheme+"://"+wire.Addr(), lobby+"/stream?name=bob")
	in.open()
	const cuts, each = 8, 25
	seen := int64(0)
	read := func(want int64) {
		for seen < want {
			e, err := in.next()
			if err != nil {
				return // it was cut
			}
			if e.Seq == 0 {
				continue
			}
			if seen++; e.Seq != seen || e.Text != fmt.Sprint(seen-1) {
				t.Fatalf("event %+v follows %d", e, seen-1)
			}
		}
	}
	for cut := range cuts {
		for n := range each {
			s.post(t, "lobby", fmt.Sprint(cut*each+n))
		}
		read(seen + int64(cut))
		wire.Cut()
		read(cuts * each) // what came before the cut counts
		if j := in.open(); !j.Recovered || j.Head != seen {
			t.Fatalf("after %d: %+v", seen, j)
		}
	}
	if read(cuts * each); seen != cuts*each {
		t.Errorf("saw %d events", seen)
	}
}

// Rooms without a log say what they cannot do.
func TestAStreamOfAnEphemeralRoom(t *testing.T) { eachVersion(t, aStreamOfAnEphemeralRoom) }

func aStreamOfAnEphemeralRoom(t *testing.T, newServer opens) {
	t.Helper()
	s := newServer(t)
	s.post(t, "raw.wind", "12")
	in := newSource(t, s.URL, "/api/v1/rooms/raw.wind/stream?name=bob&limit=5")
	if j := in.open(); j.Recovered || j.Head != 1 || len(j.Events) != 0 {
		t.Errorf("joined: %+v", j)
	}
	s.post(t, "raw.wind", "13")
	if e := in.logged(); e.Seq != 2 || e.Text != "13" {
		t.Errorf("then %+v", e)
	}
	if j := in.open(); !j.Recovered {
		t.Errorf("resumed where nothing was missed: %+v", j)
	}
	in.close()
	s.post(t, "raw.wind", "14")
	if j := in.open(); j.Recovered || j.Head != 2 {
		t.Errorf("resumed where something was missed: %+v", j)
	}
	s.post(t, "raw.wind", "15")
	for told := false; !told; { // as an event, if it is in memory still, or as a hole
		e, err := in.next()
		gap, hole := e.Detail.(*hub.Gap)
		told = hole && *gap == hub.Gap{After: 2, Next: 4} || e.Seq == 3
		if err != nil || hole && !told || e.Seq > 3 {
			t.Fatalf("what was missed is not told: %+v, %v", e, err)
		}
	}
	if e := in.logged(); e.Seq != 4 || e.Text != "15" {
		t.Errorf("after the hole %+v", e)
	}
}

// A quiet stream is kept, and one whose reader leaves is a scope that ends.
func TestAStreamLivesAndEnds(t *testing.T) { eachVersion(t, aStreamLivesAndEnds) }

func aStreamLivesAndEnds(t *testing.T, newServer opens) {
	t.Helper()
	ended := make(chan error, 1)
	s := newServer(t, func(o *httpapi.Options) {
		o.Heartbeat, o.Stall = 50*time.Millisecond, 20*time.Millisecond // who is sent nothing is not slow
		app := o.App
		o.App = func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			c, err := app(ctx, s, out)
			if s.User.Name != "bob" {
				return c, err
			}
			return &told{c, ended}, err
		}
	})
	in := newSource(t, s.URL, lobby+"/stream?name=bob")
	in.open()
	for in.comments < 3 {
		line, err := in.in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, ":") {
			in.comments++
		}
	}
	in.close()
	if err := <-ended; err != nil {
		t.Errorf("its reader left, and it ended with %v", err)
	}
}

// told tells what its consumer was closed for.
type told struct {
	hub.Consumer
	ended chan<- error
}

func (c *told) Close(ctx context.Context, cause error) {
	c.Consumer.Close(ctx, cause)
	c.ended <- cause
}

// Promise 6: who takes nothing is cut off, and resumes where it was.
func TestAStreamThatIsNotRead(t *testing.T) { eachVersion(t, aStreamThatIsNotRead) }

func aStreamThatIsNotRead(t *testing.T, newServer opens) {
	t.Helper()
	h := hub.New(&hubtest.Endless{}, hub.NewMemoryLayer(), hub.Options{MaxText: 64 << 10, MaxEvent: 128 << 10, Lag: 1 << 40})
	t.Cleanup(h.Close)
	ended := make(chan error, 9)
	s := newServer(t, func(o *httpapi.Options) {
		o.Stall = 200 * time.Millisecond
		o.App = func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			c, err := chat.New(h)(ctx, s, out)
			return &told{c, ended}, err
		}
	})
	patient := newServer(t, func(o *httpapi.Options) { o.App = chat.New(h) }) // who reads may be kept from it for longer
	defer s.openAndRest(t, lobby+"/stream?name=bob&since=0")()
	const events = 150
	kept := make(chan error, events)
	ada := &hub.Scope{ID: "s", Type: hub.ScopeChat, User: hub.User{ID: "ada", Name: "ada", Kind: hub.Bot}}
	for range events {
		h.Publish(t.Context(), ada, &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: strings.Repeat("x", 64<<10)},
			func(_ *hub.Entry, err error) { kept <- err })
	}
	for range events {
		if err := <-kept; err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; !errors.Is(err, hub.ErrSlow) {
		t.Errorf("ended with %v", err)
	}
	in := newSource(t, patient.URL, lobby+"/stream?name=bob")
	in.id = "endless:7"
	if j := in.open(); !j.Recovered {
		t.Errorf("resumed: %+v", j)
	}
	for seq := int64(8); seq <= events; seq++ {
		if e := in.logged(); e.Seq != seq {
			t.Fatalf("event %d comes, want %d", e.Seq, seq)
		}
	}
}

// openAndRest asks for a stream and reads nothing of it. It is called with what ends
// that.
func (s *server) openAndRest(t *testing.T, path string) (end func()) {
	t.Helper()
	transport := transportOf(s.URL)
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return conn, err
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(r) //nolint:bodyclose // end does
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	return func() {
		_ = res.Body.Close()
		transport.CloseIdleConnections()
	}
}

// A hub that stops tells its readers, and takes no new ones.
func TestStreamsAndPollsEndWithTheHub(t *testing.T) { eachVersion(t, streamsAndPollsEndWithTheHub) }

func streamsAndPollsEndWithTheHub(t *testing.T, newServer opens) {
	t.Helper()
	s := newServer(t)
	s.post(t, "lobby", "one")
	in := newSource(t, s.URL, lobby+"/stream?name=bob")
	in.open()
	polled := make(chan pollAnswer)
	waiting := newSource(t, s.URL, lobby+"/stream?name=cas")
	waiting.open()
	go func() {
		polled <- call[pollAnswer](t, s, "dan", "GET", lobby+"/events?since=1&wait=60s", "", 200)
	}()
	for { // until dan is there
		e, err := waiting.next()
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := e.Detail.(*hub.MemberChanged); ok && came(d, "dan") {
			break
		}
	}
	stopped := make(chan struct{})
	go func() {
		s.handler.Shutdown(t.Context())
		close(stopped)
	}()
	for {
		e, err := in.next()
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == hub.TypeRestarting {
			break
		}
	}
	if _, err := in.next(); !errors.Is(err, io.EOF) {
		t.Errorf("then %v", err)
	}
	in.close()
	waiting.close()
	if p := <-polled; !p.Recovered || p.Since != 1 || len(p.Events) != 0 {
		t.Errorf("the poll was answered %+v", p)
	}
	<-stopped
	if res, body := s.do(t, "GET", lobby+"/stream?name=bob", "", nil); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("afterwards: %s %s", res.Status, body)
	}
}
