package http

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// pipe is a connection that says head and ends.
type pipe struct {
	net.Conn
	head bytes.Reader
}

func (p *pipe) Read(b []byte) (int, error)       { return p.head.Read(b) }
func (p *pipe) Write(b []byte) (int, error)      { return len(b), nil }
func (p *pipe) Close() error                     { return nil }
func (p *pipe) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (p *pipe) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (p *pipe) SetDeadline(time.Time) error      { return nil }
func (p *pipe) SetReadDeadline(time.Time) error  { return nil }
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

// one is a listener with one connection, which closes when that has ended.
type one struct {
	conn *pipe
	rest chan struct{}
}

func (l *one) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.rest
	return nil, net.ErrClosed
}

func (l *one) Close() error   { return nil }
func (l *one) Addr() net.Addr { return &net.TCPAddr{} }

// served returns the requests that a server of package http finds in b.
func served(b []byte) (all []*http.Request) {
	l := &one{conn: &pipe{}, rest: make(chan struct{})}
	l.conn.head.Reset(b)
	s := &http.Server{
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { all = append(all, r) }),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				close(l.rest)
			}
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
	}
	_ = s.Serve(l)
	return all
}

// counting is a connection that counts what is written.
type counting struct {
	pipe
	writes int
}

func (c *counting) Write(b []byte) (int, error) {
	c.writes++
	return len(b), nil
}

func TestARefusalIsOneWrite(t *testing.T) {
	c := &counting{}
	u := &Upgrades{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not now", http.StatusTooManyRequests) })}
	u.serve(c, &http.Request{})
	if c.writes != 1 {
		t.Errorf("it is %d writes", c.writes)
	}
}

// Whatever is taken in front of the server is one request to it too, and the same.
func FuzzUpgrades(f *testing.F) {
	const socket = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	for _, seed := range []string{
		socket + "\r\n", socket, socket + "\r\nx", socket + "\r\n" + socket + "\r\n",
		socket + "Origin: http://a\r\nCookie: a=b\r\ncookie: c=d\r\nX:\r\n\r\n",
		socket + "Content-Length: 1\r\n\r\n", socket + "Transfer-Encoding: chunked\r\n\r\n", socket + "Host: b\r\n\r\n",
		socket + "A : b\r\n\r\n", socket + " b\r\n\r\n", socket + "\n\r\n\r\n", socket + "Expect: 100-continue\r\n\r\n",
		strings.Replace(socket, "/ws", "/ws/rooms/%6cobby?a=%zz#f", 1) + "\r\n",
		strings.Replace(socket, "/ws", "/ws?a b", 1) + "\r\n",
		strings.Replace(socket, "websocket", "h2c", 1) + "HTTP2-Settings: \r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	u := &Upgrades{Paths: []string{"/ws"}}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := u.request(b)
		if r == nil {
			return
		}
		all := served(b)
		if len(all) != 1 {
			t.Fatalf("%q is %d requests to the server", b, len(all))
		}
		s := all[0]
		if r.Method != s.Method || r.RequestURI != s.RequestURI || !reflect.DeepEqual(r.URL, s.URL) || r.Host != s.Host ||
			r.Proto != s.Proto || !reflect.DeepEqual(r.Header, s.Header) || r.ContentLength != s.ContentLength || r.Close != s.Close {
			t.Fatalf("%q is %+v, and to the server %+v", b, r, s)
		}
		if n, err := r.Body.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			t.Fatalf("%q has a body", b)
		}
	})
}
