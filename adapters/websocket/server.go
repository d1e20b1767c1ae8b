package websocket

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// cutTime is how long connections that were cut off take to end.
const cutTime = time.Second

// Subprotocol is the one that a client may name.
const Subprotocol = "hubbub.v1"

// Options of a server. The zero value works, but for Identify.
type Options struct {
	// Identify says who asks, with the secret that keeps a guest's identity.
	// Its error refuses the upgrade.
	Identify func(*http.Request) (user hub.User, secret string, err error)
	// RemoteAddr says where a request comes from. Default: its RemoteAddr.
	RemoteAddr func(*http.Request) netip.AddrPort
	// CheckOrigin says whether the request's Origin may open a socket.
	// Default: as [hub.CheckOrigin] says, that of the request's own Host.
	CheckOrigin func(*http.Request) bool
	// ReadLimit bounds one message from the peer, in bytes. Default: 64 KiB.
	ReadLimit int64
	// Ping is the time between pings, with jitter; a peer that is silent for
	// more than twice as long is dead. Default: 25 s.
	Ping time.Duration
	// Rest is how long nothing may come from a peer before its connection has no
	// goroutine and no buffer any more, where the system allows that. Default: 2 s.
	Rest time.Duration
	// Stall is how long a peer may take nothing of what is on its way to it, before
	// it is cut off as slow. Default: 10 s.
	Stall time.Duration
	// Compress has messages compressed for peers that offer it (permessage-deflate,
	// RFC 7692). It costs processor time for each message of a room, once for all
	// its readers, and saves the more the longer messages are.
	Compress bool
	// Logger is told of what no peer can be told. Default: slog.Default().
	Logger *slog.Logger
}

// Server upgrades requests and keeps the connections.
type Server struct {
	app      hub.Application
	opts     Options
	upgrader websocket.Upgrader
	deflater *deflater // nil where nothing is compressed
	libs     *libraries
	parking  *parking // nil where none can be at rest
	clock    atomic.Int64

	mu      sync.Mutex
	conns   map[*conn]struct{}
	stop    chan struct{} // ends the pings; there is one while there are connections
	closing bool
	running sync.WaitGroup
	courier *hub.Courier // there is one while there are connections
}

// New returns a server whose connections are scopes of app.
func New(app hub.Application, opts Options) *Server {
	if opts.ReadLimit == 0 {
		opts.ReadLimit = hub.DefaultMaxEvent
	}
	if opts.Ping == 0 {
		opts.Ping = 25 * time.Second
	}
	if opts.Rest == 0 {
		opts.Rest = 2 * time.Second
	}
	if opts.Stall == 0 {
		opts.Stall = 10 * time.Second
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.RemoteAddr == nil {
		opts.RemoteAddr = func(r *http.Request) netip.AddrPort {
			addr, _ := netip.ParseAddrPort(r.RemoteAddr)
			return addr
		}
	}
	if opts.CheckOrigin == nil {
		opts.CheckOrigin = func(r *http.Request) bool { return hub.CheckOrigin(r.Host, r.Header) == nil }
	}
	s := &Server{
		app: app, opts: opts, conns: make(map[*conn]struct{}), libs: newLibraries(opts.ReadLimit), parking: newParking(),
		upgrader: websocket.Upgrader{
			Subprotocols:     []string{Subprotocol},
			CheckOrigin:      opts.CheckOrigin,
			HandshakeTimeout: 5 * time.Second,
			WriteBufferPool:  new(sync.Pool), // only the answer to the upgrade is written by the library
			Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
				refuse(w, status, "", reason.Error())
			},
		},
	}
	if opts.Compress {
		s.deflater = newDeflater()
	}
	return s
}

// ServeHTTP upgrades the request, has the application make a consumer, and returns:
// the connection goes on by itself.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, secret, err := s.opts.Identify(r)
	if err != nil {
		p := hub.ProblemOf(err)
		status, ok := statuses[p.Code]
		if !ok {
			status = http.StatusUnauthorized
		}
		if p.Code == hub.RateLimited {
			w.Header().Set("Retry-After", "1")
		}
		refuse(w, status, p.Code, p.Message)
		return
	}
	c := &conn{server: s, id: hub.NewID(), parkable: true}
	upgrader := s.upgrader
	upgrader.EnableCompression = s.deflater != nil && offersDeflate(r.Header)
	// The library's connection of this one is not kept (see library), nor what it took
	// for its buffers.
	mem := upgrading.Get().(*bufio.ReadWriter)
	_, err = upgrader.Upgrade(&hijacker{w, c, mem}, r, nil)
	mem.Reader.Reset(nil)
	mem.Writer.Reset(nil)
	upgrading.Put(mem)
	if err != nil {
		if c.out != nil {
			c.out.Close(err)
		}
		return
	}
	scope := &hub.Scope{
		ID: c.id, Type: hub.ScopeWebSocket, Path: strings.Clone(r.URL.Path), User: user, Secret: secret,
		Remote: s.opts.RemoteAddr(r), Headers: headers(r.Header), Host: r.Host, Query: r.URL.Query(), Opened: time.Now(),
	}
	if upgrader.EnableCompression {
		c.deflater = s.deflater
	}
	if !s.add(c) {
		c.out.Finish(closeFrame(websocket.CloseServiceRestart, "restarting"))
		go c.linger(nil)
		return
	}
	c.open(scope)
}

// headers returns a copy of those that are not about the upgrade itself, since it is
// kept for as long as the connection lives.
func headers(all http.Header) http.Header {
	kept := http.Header{}
	for name, values := range all {
		if name != "Connection" && name != "Upgrade" && !strings.HasPrefix(name, "Sec-Websocket-") {
			kept[name] = slices.Clone(values)
		}
	}
	return kept
}

// statuses of refused upgrades; 401 for all other codes.
var statuses = map[hub.Code]int{
	hub.Invalid:     http.StatusBadRequest,
	hub.Forbidden:   http.StatusForbidden,
	hub.RateLimited: http.StatusTooManyRequests,
	hub.Unavailable: http.StatusServiceUnavailable,
	hub.Internal:    http.StatusInternalServerError,
}

// refuse answers with a problem document (RFC 9457), as the API does.
func refuse(w http.ResponseWriter, status int, code hub.Code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Title  string   `json:"title"`
		Status int      `json:"status"`
		Detail string   `json:"detail"`
		Code   hub.Code `json:"code,omitempty"`
	}{http.StatusText(status), status, detail, code})
}

// Shutdown tells every peer that the hub is restarting and waits until they
// are gone, or ctx ends: then it cuts off who is left, and does not wait for a
// consumer that is still busy with one.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	for c := range s.conns {
		c.out.Finish(closeFrame(websocket.CloseServiceRestart, "restarting"))
	}
	s.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.out.Close(ctx.Err())
		c.giveUp()
	}
	s.mu.Unlock()
	select {
	case <-gone:
	case <-time.After(cutTime):
	}
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	if len(s.conns) == 0 {
		s.stop = make(chan struct{})
		go s.keepAlive(s.stop)
		s.courier = hub.NewCourier()
	}
	s.courier.Serve(c.out)
	now := s.clock.Load()
	c.heard.Store(now)
	c.nextPing = now + ticksAPing/2 - rand.Int64N(jitterTicks)
	s.conns[c] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	var courier *hub.Courier
	if len(s.conns) == 0 {
		close(s.stop)
		if s.parking != nil {
			s.parking.close()
		}
		courier = s.courier
	}
	s.mu.Unlock()
	if courier != nil {
		courier.Close()
	}
	s.running.Done()
}

// hijacker hands the library a connection whose bytes go through an Outbound,
// so that what the library writes by itself lands between frames too. It makes it c's.
type hijacker struct {
	http.ResponseWriter
	c   *conn
	mem *bufio.ReadWriter
}

// upgrading holds what the library takes for the buffers of a connection that it is
// handed.
var upgrading = sync.Pool{New: func() any {
	return bufio.NewReadWriter(bufio.NewReaderSize(nil, readBuffer), bufio.NewWriterSize(nil, readBuffer))
}}

// Hijack implements [http.Hijacker].
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	c := h.c
	c.src, c.out = nc, hub.NewOutbound(nc)
	c.out.Stall, c.out.Slow, c.out.Ending = c.server.opts.Stall, slowFrame, c.rouse
	c.out.Hold()
	if rw.Reader.Buffered() > 0 { // which the library does not like
		return c.out.Conn(), rw, nil
	}
	return c.out.Conn(), h.mem, nil
}
