package http_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	httpapi "hubbub/adapters/http"
)

// front is an HTTP server with sockets opened in front of it.
type front struct {
	addr   string
	served atomic.Int64 // connections that the server got
	http   *http.Server
	more   chan func() // is done before who asks for it is answered
}

// newFront answers at /ws as a socket, but for those who are refused there, and
// elsewhere with what it was asked.
func newFront(t *testing.T, timeout time.Duration) *front {
	t.Helper()
	mux, more := http.NewServeMux(), make(chan func())
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Has("panic"):
			panic("as asked")
		case r.URL.Query().Has("refuse"):
			if r.URL.Query().Has("say") {
				(<-more)()
			}
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, "not now")
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello %s of %s", r.URL.Query().Get("name"), r.RemoteAddr)
		_ = conn.Close()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.Method, r.URL) })
	f := newFrontOf(t, mux, timeout)
	f.more = more
	return f
}

func newFrontOf(t *testing.T, handler http.Handler, timeout time.Duration) *front {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{addr: l.Addr().String()}
	f.http = &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0), ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			f.served.Add(1)
		}
	}}
	up := &httpapi.Upgrades{Handler: handler, Paths: []string{"/ws"}, Timeout: timeout, Logger: slog.New(slog.DiscardHandler)}
	ended := make(chan error)
	go func() { ended <- f.http.Serve(up.Listen(l)) }()
	t.Cleanup(func() {
		_ = f.http.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return f
}

func (f *front) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// servers proves that so many connections were the server's.
func (f *front) servers(t *testing.T, want int64) {
	t.Helper()
	if n := f.served.Load(); n != want {
		t.Errorf("%d connections were the server's, want %d", n, want)
	}
}

// said is an answer that was read.
type said struct {
	status int
	header http.Header
	body   string
	closes bool
}

// readAnswer reads one from c.
func readAnswer(t *testing.T, c net.Conn) said {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return said{resp.StatusCode, resp.Header, string(body), resp.Close}
}

// upgrade returns the head of a request, with more lines, or others.
func upgrade(target string, more ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: hub.example:8080\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" + strings.Join(more, "") + "\r\n"
}

// Whoever plainly opens a socket is answered without the server.
func TestSocketsAreOpenedInFrontOfTheServer(t *testing.T) {
	f := newFront(t, time.Minute)
	c := f.dial(t)
	_, _ = io.WriteString(c, upgrade("/ws?name=ada", "Origin: http://hub.example:8080\r\nCookie: a=b; c=\"d\"\r\n"))
	all, err := io.ReadAll(c)
	if want := "hello ada of " + c.LocalAddr().String(); err != nil || !strings.HasSuffix(string(all), want) {
		t.Errorf("got %q, %v; want %q at its end", all, err, want)
	}
	f.servers(t, 0)
}

func TestWhoMayOpenNoSocketIsToldSo(t *testing.T) {
	f := newFront(t, time.Minute)
	c := f.dial(t)
	_, _ = io.WriteString(c, upgrade("/ws?refuse"))
	got := readAnswer(t, c)
	if got.status != http.StatusTooManyRequests || got.body != "not now" || !got.closes ||
		got.header.Get("Retry-After") != "1" || got.header.Get("Date") == "" || got.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %+v", got)
	}
	if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("then came %v", err)
	}
	f.servers(t, 0)
}

// What holds for a request holds for one that is served in front of the server.
func TestTheGuardIsInFrontToo(t *testing.T) {
	for _, test := range []struct {
		name, host, more string
		status           int
		header, value    string // of the answer
	}{
		{"by a name that was pointed here", "evil.example", "", 421, "", ""},
		{"another site's page", "chat.example", "Origin: https://evil.example\r\n", 403, "", ""},
		{"where https is asked for", "chat.example", "Origin: http://chat.example\r\n", 308, "Location", "https://chat.example/ws?name=ada"},
		{"a proxy's client by https", "chat.example", "X-Forwarded-Proto: https\r\n", 200, "Strict-Transport-Security", "max-age=172800"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, func(o *httpapi.Options) {
				o.Secure = httpapi.Secure{Redirect: 443, HSTS: 48 * time.Hour}
				o.Proxies = httpapi.Proxies{netip.MustParsePrefix("127.0.0.1/32")}
			})
			f := newFrontOf(t, s.handler, time.Minute)
			c := f.dial(t)
			_, _ = io.WriteString(c, strings.Replace(upgrade("/ws?name=ada", test.more), "hub.example:8080", test.host, 1))
			if got := readAnswer(t, c); got.status != test.status || test.header != "" && got.header.Get(test.header) != test.value {
				t.Errorf("got %+v", got)
			}
			f.servers(t, 0)
		})
	}
}

// Who said more than a head hears why no socket was opened all the same.
func TestARefusalIsHeardByWhoSaysMore(t *testing.T) {
	f := newFront(t, time.Minute)
	c := f.dial(t)
	_, _ = io.WriteString(c, upgrade("/ws?refuse&say"))
	f.more <- func() { _, _ = io.WriteString(c, "more, which nobody reads") }
	if got := readAnswer(t, c); got.status != http.StatusTooManyRequests {
		t.Errorf("got %+v", got)
	}
	if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("then came %v", err)
	}
}

// All else is the server's, to the byte, however it comes.
func TestOtherRequestsAreTheServers(t *testing.T) {
	socket := upgrade("/ws?name=ada")
	for _, test := range []struct {
		name, sent string
		status     int // of the first answer
	}{
		{"a page", "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", 200},
		{"a name that begins as that of sockets", upgrade("/wsx"), 200},
		{"two requests at once", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", 200},
		{"an upgrade with more after it", socket + "more", 101},
		{"no upgrade", "GET /ws?refuse HTTP/1.1\r\nHost: a\r\n\r\n", 429},
		{"a body", upgrade("/ws?refuse", "Content-Length: 4\r\n") + "body", 429},
		{"a body of no bytes", upgrade("/ws?refuse", "Content-Length: 0\r\n"), 429},
		{"chunks", upgrade("/ws?refuse", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 429},
		{"another method", strings.Replace(upgrade("/ws?refuse"), "GET", "POST", 1), 429},
		{"HTTP/1.0", strings.Replace(socket, "HTTP/1.1", "HTTP/1.0", 1), 101},
		{"an old line ending", strings.Replace(socket, "Upgrade\r\n", "Upgrade\n", 1), 101},
		{"a folded line", upgrade("/ws?name=ada", "X-Folded: a\r\n b\r\n"), 101},
		{"a name with a blank", upgrade("/ws?name=ada", "X-Blank : a\r\n"), 400},
		{"two hosts", upgrade("/ws?name=ada", "Host: other\r\n"), 400},
		{"no host", strings.Replace(socket, "Host: hub.example:8080\r\n", "", 1), 400},
		{"a strange host", strings.Replace(socket, "hub.example", "a/b", 1), 400},
		{"a byte that is no text", upgrade("/ws?name=ada", "X-Bytes: \xff\r\n"), 101},
		{"a long head", upgrade("/ws?name=ada", "X-Long: "+strings.Repeat("x", 5000)+"\r\n"), 101},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(t, time.Minute)
			c := f.dial(t)
			_, _ = io.WriteString(c, test.sent)
			if got := readAnswer(t, c); got.status != test.status {
				t.Errorf("got %+v", got)
			}
			f.servers(t, 1)
		})
	}
}

// A head that comes in parts is the server's to wait for.
func TestAHeadInPartsIsTheServers(t *testing.T) {
	f := newFront(t, time.Minute)
	c := f.dial(t)
	all := upgrade("/ws?name=ada")
	_, _ = io.WriteString(c, all[:30])
	for began := time.Now(); f.served.Load() == 0; runtime.Gosched() { // until the first part was seen
		if time.Since(began) > 20*time.Second {
			t.Fatal("nobody saw the first part")
		}
	}
	_, _ = io.WriteString(c, all[30:])
	if b, err := io.ReadAll(c); err != nil || !strings.Contains(string(b), "hello ada") {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestAConnectionThatSaysNothingIsClosed(t *testing.T) {
	f := newFront(t, 20*time.Millisecond)
	if n, err := f.dial(t).Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	f.servers(t, 0)
}

func TestClosingClosesThoseThatSayNothing(t *testing.T) {
	f := newFront(t, time.Hour)
	silent, other := f.dial(t), f.dial(t)
	_, _ = io.WriteString(other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	readAnswer(t, other) // so that silent, which was before it, has been accepted
	if err := f.http.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{silent, other} {
		if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAPanicOfAHandlerEndsItsConnectionAlone(t *testing.T) {
	f := newFront(t, time.Minute)
	c := f.dial(t)
	_, _ = io.WriteString(c, upgrade("/ws?panic"))
	if b, err := io.ReadAll(c); err != nil || len(b) > 0 {
		t.Errorf("got %q, %v", b, err)
	}
	c = f.dial(t)
	_, _ = io.WriteString(c, upgrade("/ws?name=bob"))
	if b, err := io.ReadAll(c); err != nil || !strings.Contains(string(b), "hello bob") {
		t.Errorf("after it, got %q, %v", b, err)
	}
}

// failing is a listener whose Accept fails with what it is told.
type failing struct {
	net.Listener
	errs chan error
	once sync.Once
}

func (l *failing) Accept() (net.Conn, error) {
	err, ok := <-l.errs
	if !ok {
		return nil, net.ErrClosed
	}
	return nil, err
}

func (l *failing) Close() error {
	l.once.Do(func() { close(l.errs) })
	return nil
}

// Where no connection can be accepted for now it is tried again, by and by, and soon
// where some could be meanwhile.
func TestWhatCannotBeAcceptedNowIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &failing{errs: make(chan error)}
		l := (&httpapi.Upgrades{Logger: slog.New(slog.DiscardHandler)}).Listen(inner)
		var took []time.Duration
		for range 10 {
			began := time.Now()
			inner.errs <- &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
			took = append(took, time.Since(began))
		}
		if took[1] != 5*time.Millisecond || took[3] != 20*time.Millisecond || took[9] != time.Second {
			t.Errorf("tried after %v", took)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed, got %v", err)
		}
	})
}

// The server is told of all else that keeps connections from being accepted.
func TestTheServerIsToldWhyNoneIsAccepted(t *testing.T) {
	inner := &failing{errs: make(chan error, 2)}
	l := new(httpapi.Upgrades).Listen(inner)
	for _, want := range []string{"too many files", "and again"} {
		inner.errs <- errors.New(want)
		if _, err := l.Accept(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed, got %v", err)
	}
}
