package mqtt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// cutTime is how long connections that were cut off take to end.
const cutTime = time.Second

// ErrClosed is what Serve returns after [Server.Close].
var ErrClosed = errors.New("mqtt: the server is closed")

// Server is the broker.
type Server struct {
	app     hub.Application
	options Options
	log     *slog.Logger
	lines   struct{ retained, accepts, panics limiter }
	refused struct{ publishes, subscribes, packets tally }
	slow    tally
	large   tally
	topics  topics
	mochi   *mochi.Server
	courier *hub.Courier // of acknowledgements
	ctx     context.Context
	cancel  context.CancelFunc

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]struct{}
	sessions  map[*session]struct{}
	unknown   map[*session]struct{} // those that have not sent a CONNECT
	clients   map[string]*session   // by client id
	running   sync.WaitGroup
}

// New returns a server whose connections app makes the consumers for: one that
// understands protocol events, such as [Chat] makes of a chat application. The
// caller closes it, also where it never serves.
func New(app hub.Application, options Options) (*Server, error) {
	options = options.withDefaults()
	srv := &Server{
		app: app, options: options, log: options.Logger,
		listeners: make(map[net.Listener]struct{}),
		sessions:  make(map[*session]struct{}),
		unknown:   make(map[*session]struct{}),
		clients:   make(map[string]*session),
	}
	srv.refused.publishes = tally{log: srv.log, message: "publishes were refused"}
	srv.refused.subscribes = tally{log: srv.log, message: "subscriptions were refused"}
	srv.refused.packets = tally{log: srv.log, message: "packets were too large; their clients were ended"}
	srv.slow = tally{log: srv.log, message: "clients that do not keep up were ended"}
	srv.large = tally{log: srv.log, message: "messages were too large for their subscribers"}
	srv.ctx, srv.cancel = context.WithCancel(context.Background())
	srv.mochi = mochi.New(&mochi.Options{
		Capabilities:           capabilities(options),
		Logger:                 slog.New(quiet{options.Logger.Handler(), &limiter{}}),
		SysTopicResendInterval: 60,

		ClientNetReadBufferSize: 16, // the link has a buffer when there is something for it
	})
	if err := srv.mochi.AddHook(&hooks{}, nil); err != nil {
		return nil, fmt.Errorf("mqtt: start: %w", err)
	}
	if err := srv.mochi.Serve(); err != nil {
		return nil, fmt.Errorf("mqtt: start: %w", err)
	}
	srv.courier = hub.NewCourier()
	return srv, nil
}

// capabilities is what mochi is left to do, and told to say in its CONNACK.
func capabilities(o Options) *mochi.Capabilities {
	c := mochi.NewDefaultServerCapabilities()
	c.MaximumClients = math.MaxInt64 // the accept counts them
	c.MaximumMessageExpiryInterval = 0
	c.MaximumClientWritesPending = 1 // each is memory, and nothing is put there
	c.MaximumSessionExpiryInterval = 0
	c.MaximumPacketSize = uint32(o.MaxPacket)
	c.ReceiveMaximum = maxUnderWay
	c.MaximumInflight = 1024 // bounds the Receive Maximum that mochi takes over from a client
	c.TopicAliasMaximum = 0
	c.Compatibilities = mochi.Compatibilities{
		ObscureNotAuthorized:       true,
		PassiveClientDisconnect:    true, // the connection's own goroutine closes it
		NoInheritedPropertiesOnAck: true,
	}
	return c
}

// Serve accepts connections until the server or l is closed. It closes l, and
// returns [ErrClosed] after Close.
func (srv *Server) Serve(l net.Listener) error {
	srv.mu.Lock()
	if srv.closing {
		srv.mu.Unlock()
		_ = l.Close()
		return ErrClosed
	}
	srv.listeners[l] = struct{}{}
	srv.mu.Unlock()
	defer func() {
		srv.mu.Lock()
		delete(srv.listeners, l)
		srv.mu.Unlock()
		_ = l.Close()
	}()
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			srv.admit(newLink(conn))
		case srv.isClosing():
			return ErrClosed
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("mqtt: accept: %w", err)
		default: // most likely out of files
			srv.lines.accepts.log(srv.log.Error, "a connection was not accepted; will go on", "error", err)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-srv.ctx.Done():
			}
		}
	}
}

// admit serves a connection, or closes it where there are too many.
func (srv *Server) admit(l *link) {
	s := &session{
		server: srv, link: l, opened: time.Now(),
		subs: make(map[string]*subscription), byTag: make(map[uint64]*subscription),
		readers:  make(map[spot]*reader),
		ordinary: make(map[string]*ordinary),
		closed:   make(chan struct{}),
	}
	s.acks.change.L = &s.acks.mu
	s.queue.session, s.queue.turn.come = s, s.queue.send
	l.session = s
	srv.mu.Lock()
	if srv.closing || srv.full() {
		closing := srv.closing
		srv.mu.Unlock()
		l.out.Close(nil)
		if !closing {
			srv.lines.accepts.log(srv.log.Warn, "too many connections: one was closed", "remote", l.remote)
		}
		return
	}
	s.ctx, s.cancel = context.WithCancel(srv.ctx)
	srv.sessions[s], srv.unknown[s] = struct{}{}, struct{}{}
	_ = s.link.SetDeadline(time.Now().Add(srv.options.ConnectTimeout))
	srv.running.Go(func() {
		s.run()
		srv.mu.Lock()
		defer srv.mu.Unlock()
		delete(srv.sessions, s)
	})
	srv.mu.Unlock()
}

// full reports whether there are too many connections. It is called with the lock.
func (srv *Server) full() bool {
	return len(srv.sessions) >= srv.options.MaxConnections || len(srv.unknown) >= srv.options.MaxUnknown
}

// known says that s has sent a CONNECT.
func (srv *Server) known(s *session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.unknown, s)
}

// claim makes s the one that has its client id, and returns the one that had it.
func (srv *Server) claim(s *session) *session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	old := srv.clients[s.client.ID]
	srv.clients[s.client.ID] = s
	return old
}

// release forgets that s has a client id.
func (srv *Server) release(s *session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.unknown, s)
	if s.client != nil && srv.clients[s.client.ID] == s {
		delete(srv.clients, s.client.ID)
	}
}

// refuse counts and logs a publish that is not kept, or a subscription.
func (s *session) refuse(what *tally, topic string, ack *Ack) {
	what.add("client", s.client.ID, "topic", topic, "reason", fmt.Sprintf("%#x", ack.Reason), "message", ack.Message)
}

// Stats are a server's counters.
type Stats struct {
	Connections       int    // open now
	Refused           uint64 // publishes that were not kept, whether their clients could be told or not
	RefusedSubscribes uint64 // filters that were not granted
	RefusedPackets    uint64 // packets that were larger than [Options.MaxPacket], which ended their connections
	Slow              uint64 // connections that were ended since their clients did not keep up

	// Of ordinary topics: subscriptions and retained messages that there are, messages
	// that came, and copies of them for subscribers.
	Subscriptions, Retained int
	Received, Delivered     uint64
}

// Stats returns the counters as they stand.
func (srv *Server) Stats() Stats {
	srv.mu.Lock()
	connections := len(srv.sessions)
	srv.mu.Unlock()
	t := &srv.topics
	t.mu.RLock()
	defer t.mu.RUnlock()
	return Stats{
		Connections: connections,
		Refused:     srv.refused.publishes.count(), RefusedSubscribes: srv.refused.subscribes.count(),
		RefusedPackets: srv.refused.packets.count(), Slow: srv.slow.count(),
		Subscriptions: t.subs, Retained: t.retained, Received: t.received.Load(), Delivered: t.delivered.Load(),
	}
}

// Close stops accepting, gives what is under way time to be acknowledged, tells
// the clients (MQTT 5, 0x8B) and closes their connections. When ctx ends first it
// closes them at once and returns the context's error.
func (srv *Server) Close(ctx context.Context) error {
	srv.mu.Lock()
	first := !srv.closing
	srv.closing = true
	for l := range srv.listeners {
		_ = l.Close()
	}
	sessions := srv.open()
	srv.mu.Unlock()
	for _, s := range sessions {
		s.hangUp(refusal(packets.ErrServerShuttingDown, "The server is shutting down."), ErrClosed)
	}
	ended := make(chan struct{})
	go func() {
		srv.running.Wait()
		close(ended)
	}()
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = ctx.Err()
		for _, s := range sessions {
			s.link.out.Close(err) // a TLS connection's own Close tells the peer, and may wait for that
			s.acks.end(0)
		}
		select {
		case <-ended:
		case <-time.After(cutTime): // a consumer is busy still
		}
	}
	srv.cancel()
	srv.refused.publishes.close()
	srv.refused.subscribes.close()
	srv.refused.packets.close()
	srv.slow.close()
	srv.large.close()
	if first {
		err = errors.Join(err, srv.mochi.Close())
		srv.courier.Close()
	}
	return err
}

func (srv *Server) isClosing() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.closing
}

func (srv *Server) open() []*session {
	open := make([]*session, 0, len(srv.sessions))
	for s := range srv.sessions {
		open = append(open, s)
	}
	return open
}
