package http

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Upgrades opens sockets at less cost than an [http.Server], which has a goroutine,
// buffers and a state for each connection that are thrown away as soon as one is opened.
type Upgrades struct {
	// Handler answers the requests, as it does those of the server: it is asked
	// whether a socket may be opened. Their contexts do not end and know no server. What
	// it answers instead is held until it returns, so it cannot be flushed.
	Handler http.Handler
	// Paths are those at and below which sockets are opened.
	Paths []string
	// Timeout bounds how long a connection may say nothing, after which a server's own
	// begins, and how long its peer may take nothing of an answer that is no socket
	// (default 5 s).
	Timeout time.Duration
	// Logger is told of handlers that panic, and why no connection can be accepted
	// (default slog.Default()).
	Logger *slog.Logger
}

// Listen returns a listener for an [http.Server] over l, whose connections are without
// TLS. Of these, u serves those that begin with a request that plainly opens a socket,
// and nothing else. All others the server gets as they are: nothing was read from them.
func (u *Upgrades) Listen(l net.Listener) net.Listener {
	if !canPeek {
		return l
	}
	with := *u
	with.Timeout = cmp.Or(u.Timeout, 5*time.Second)
	with.Logger = cmp.Or(u.Logger, slog.Default())
	p := &parting{Listener: l, upgrades: &with, others: make(chan accepted), closed: make(chan struct{}), silent: make(map[net.Conn]struct{})}
	go p.run()
	return p
}

// parting is a listener that keeps some of the connections to itself.
type parting struct {
	net.Listener
	upgrades *Upgrades
	others   chan accepted
	closed   chan struct{}

	mu     sync.Mutex
	silent map[net.Conn]struct{} // those that have said nothing yet; nil when it is closed
}

// accepted is what Accept returns.
type accepted struct {
	conn net.Conn
	err  error
}

// Accept implements [net.Listener].
func (p *parting) Accept() (net.Conn, error) {
	select {
	case a := <-p.others:
		return a.conn, a.err
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]. It closes those that have said nothing too.
func (p *parting) Close() error {
	p.mu.Lock()
	silent := p.silent
	p.silent = nil
	p.mu.Unlock()
	if silent != nil {
		close(p.closed)
	}
	for c := range silent {
		_ = c.Close()
	}
	return p.Listener.Close()
}

func (p *parting) run() {
	for pause := time.Duration(0); ; {
		c, err := p.Listener.Accept()
		switch {
		case err == nil:
			pause = 0
			go p.serve(c)
		case temporary(err): // as a server does, which would not see that others were accepted since
			pause = min(max(2*pause, firstPause), longestPause)
			p.upgrades.Logger.Warn("no connection can be accepted: where open files are short, raise their limit (ulimit -n, LimitNOFILE)", "error", err, "again_in", pause)
			select {
			case <-time.After(pause):
			case <-p.closed:
			}
		default:
			p.pass(nil, err)
			if errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}
}

// How long it is waited after an Accept that fails for now, as package http does it.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = time.Second
)

// temporary reports whether an Accept that failed may do when it is called again.
func temporary(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Temporary() //nolint:staticcheck // of those of Accept it is what package http asks
}

// pass leaves the connection, or why there is none, to the server.
func (p *parting) pass(c net.Conn, err error) {
	select {
	case p.others <- accepted{c, err}:
	case <-p.closed:
		if c != nil {
			_ = c.Close()
		}
	}
}

func (p *parting) serve(c net.Conn) {
	if !p.waitFor(c) {
		_ = c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Now().Add(p.upgrades.Timeout))
	r, err := p.upgrades.next(c)
	_ = c.SetReadDeadline(time.Time{})
	p.heard(c)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		_ = c.Close()
	case r == nil:
		p.pass(c, nil) // the server sees an error too
	default:
		p.upgrades.serve(c, r)
	}
}

// waitFor reports false where nobody is waited for any more.
func (p *parting) waitFor(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent == nil {
		return false
	}
	p.silent[c] = struct{}{}
	return true
}

func (p *parting) heard(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.silent, c)
}

// maxHead bounds the head of a request that is served here, in bytes. Browsers' have
// some hundreds.
const maxHead = 4 << 10

var heads = sync.Pool{New: func() any { return new([maxHead]byte) }}

// next waits for the first bytes and takes the request that they are, where it opens
// a socket. Else it takes nothing and returns nil.
func (u *Upgrades) next(c net.Conn) (*http.Request, error) {
	mem, n, err := peek(c)
	if mem == nil {
		return nil, err
	}
	defer heads.Put(mem)
	if n == maxHead { // of which the end may not have come
		return nil, nil
	}
	r := u.request(mem[:n])
	if r == nil {
		return nil, nil
	}
	if _, err := io.ReadFull(c, mem[:n]); err != nil { // they are there
		return nil, err
	}
	r.RemoteAddr = c.RemoteAddr().String()
	return r, nil
}

// parser is what package http reads a head with.
type parser struct {
	head bytes.Reader
	buf  *bufio.Reader
}

var parsers = sync.Pool{New: func() any { return &parser{buf: bufio.NewReaderSize(nil, maxHead)} }}

// request returns the one of which b is the whole, where it opens a socket and looks
// the same to whoever reads it: a proxy before us, and the server. Else nil. What comes
// after it, sooner than the answer, is the socket's: nothing more is read as HTTP.
func (u *Upgrades) request(b []byte) *http.Request {
	if !u.named(b) || !plain(b) {
		return nil
	}
	in := parsers.Get().(*parser)
	defer parsers.Put(in)
	in.head.Reset(b)
	in.buf.Reset(&in.head)
	r, err := http.ReadRequest(in.buf)
	if err != nil || r.Proto != "HTTP/1.1" || !plainHost(r.Host) || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return nil
	}
	if r.Body != http.NoBody || r.TransferEncoding != nil || r.Trailer != nil {
		return nil
	}
	for _, name := range beyond {
		if _, ok := r.Header[name]; ok {
			return nil
		}
	}
	return r
}

// beyond is what says that there may be more to a request than its head.
var beyond = []string{"Content-Length", "Expect", "Http2-Settings"}

// named reports whether b begins as a request for one of the paths.
func (u *Upgrades) named(b []byte) bool {
	target, ok := bytes.CutPrefix(b, []byte("GET "))
	if !ok {
		return false
	}
	for _, path := range u.Paths {
		if rest, ok := bytes.CutPrefix(target, []byte(path)); ok && len(rest) > 0 && strings.IndexByte(" ?/", rest[0]) >= 0 {
			return true
		}
	}
	return false
}

// plain reports whether b is the head of a request, to its end and no further, in
// which nothing is left to how one reads it: lines that end as they should, names of
// fields without surprises, and printable ASCII.
func plain(b []byte) bool {
	for first := true; ; first = false {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		switch {
		case !ok:
			return false
		case len(line) == 0:
			return !first && len(rest) == 0
		case !first && !plainField(line), !printable(line):
			return false
		}
		b = rest
	}
}

func plainField(line []byte) bool {
	for i, c := range line {
		switch {
		case c == ':':
			return i > 0
		case !alphanumeric(c) && c != '-':
			return false
		}
	}
	return false
}

func printable(line []byte) bool {
	for _, c := range line {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func plainHost(host string) bool {
	for i := range len(host) {
		if !alphanumeric(host[i]) && strings.IndexByte("-.:[]_", host[i]) < 0 {
			return false
		}
	}
	return host != ""
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// serve has r answered, the only request of its connection.
func (u *Upgrades) serve(c net.Conn, r *http.Request) {
	w := &refusal{conn: c}
	defer func() {
		why := recover()
		if err, _ := why.(error); why != nil && !errors.Is(err, http.ErrAbortHandler) {
			u.Logger.Error("a handler panicked", "path", r.URL.Path, "panic", why, "stack", string(debug.Stack()))
		}
		if !w.hijacked {
			_ = c.Close()
		}
	}()
	u.Handler.ServeHTTP(w, r)
	if !w.hijacked {
		_ = c.SetWriteDeadline(time.Now().Add(u.Timeout))
		w.send()
		end(c)
	}
}

// Bounds of what is read of a peer that was answered, and of the wait for it.
const (
	endMost = 64 << 10
	endWait = 500 * time.Millisecond
)

// end waits until the peer has what was written. To close a connection while something
// is there that was not read takes that from it.
func end(c net.Conn) {
	half, ok := c.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(time.Now().Add(endWait))
	_, _ = io.CopyN(io.Discard, c, endMost)
}

// refusal is what is answered where no socket is opened, which [refusal.Hijack] does.
type refusal struct {
	conn     net.Conn
	header   http.Header
	status   int
	body     bytes.Buffer
	hijacked bool
}

// Header implements [http.ResponseWriter].
func (w *refusal) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// WriteHeader implements [http.ResponseWriter].
func (w *refusal) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
}

// Write implements [http.ResponseWriter].
func (w *refusal) Write(b []byte) (int, error) {
	if w.hijacked {
		return 0, http.ErrHijacked
	}
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// leastBuffer is the least that package bufio makes. Who hijacks has buffers of its own.
const leastBuffer = 16

// Hijack implements [http.Hijacker].
func (w *refusal) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	w.hijacked = true
	return w.conn, bufio.NewReadWriter(bufio.NewReaderSize(w.conn, leastBuffer), bufio.NewWriterSize(w.conn, leastBuffer)), nil
}

func (w *refusal) send() {
	w.WriteHeader(http.StatusOK)
	h := w.Header()
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if w.body.Len() > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	size := int64(w.body.Len())
	out := bufio.NewWriter(w.conn) // one write for all of it
	answer := http.Response{StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: io.NopCloser(&w.body), ContentLength: size, Close: true}
	_ = answer.Write(out)
	_ = out.Flush()
}
