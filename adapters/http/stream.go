package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"hubbub/hub"
)

// streamHeader is of the answer that a stream's events follow. A proxy is asked not
// to hold events back.
var streamHeader = http.Header{
	"Content-Type": {"text/event-stream"}, "Cache-Control": {noStore}, "X-Accel-Buffering": {"no"}, "X-Content-Type-Options": {"nosniff"},
}

// unheard is how long a peer may leave unacknowledged what was sent: with the time
// between two comments, it is gone within a minute.
const unheard = 35 * time.Second

// Readers who were all cut off at once come back within this time.
const (
	minRetry = time.Second
	maxRetry = 4 * time.Second
)

// stream is a room's events as server-sent events: a scope that has left the HTTP
// server, with its connection or, over HTTP/2, a share of one. Its frames are bytes
// that all streams of the room share; a goroutine waits for the peer to go.
type stream struct {
	live  *live
	scope *hub.Scope
	first answers // the answer to the join

	mu       sync.Mutex
	format   sseFrames
	conn     net.Conn
	out      *hub.Outbound // nil until the join is answered
	early    []byte        // sent before that
	waiting  []*hub.Cursor // of frames that were offered before that
	ping     *time.Timer
	ended    bool  // no more pings
	finished bool  // the consumer ended the scope
	cause    error // with this
}

var (
	_ hub.RoomSender = (*stream)(nil)
	_ hub.Finisher   = (*stream)(nil)
	_ hub.Ender      = (*stream)(nil)
)

// serveStream answers GET /api/v1/rooms/{room}/stream.
func (l *live) serveStream(w http.ResponseWriter, r *http.Request) {
	if l.isClosing() {
		Refuse(w, errRestarting)
		return
	}
	join, err := streamJoin(r)
	var scope *hub.Scope
	if err == nil {
		scope, err = l.api.scope(r)
	}
	if err != nil {
		Refuse(w, err)
		return
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return
	}
	s := &stream{live: l, scope: scope, first: make(answers, 1)}
	ctx := context.WithoutCancel(r.Context()) // the stream outlives the request
	consumer, err := l.api.opts.App(ctx, scope, s)
	if err != nil {
		Refuse(w, err)
		return
	}
	joined, err := s.join(ctx, consumer, join)
	if err == nil {
		err = s.leave(w, r, joined)
	}
	if err != nil {
		consumer.Close(ctx, err)
		Refuse(w, err)
		return
	}
	if !l.add(s) {
		s.restart()
		s.run(ctx, consumer)
		return
	}
	run := func() {
		defer l.remove(s)
		s.run(ctx, consumer)
	}
	if _, stays := s.conn.(*shared); stays {
		run()
		return
	}
	go run()
}

// streamJoin returns what the request asks for: what the browser has seen, when it
// comes back, goes before what its page said at first.
func streamJoin(r *http.Request) (hub.Event, error) {
	if err := hub.CheckOrigin(r.Host, r.Header); err != nil { // who joins is admitted
		return hub.Event{}, err
	}
	q := r.URL.Query()
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		q.Set("since", id)
	}
	e, err := hub.ParseJoin(r.PathValue("room"), q)
	if j, ok := e.Detail.(*hub.Join); ok {
		j.Follow = true
	}
	return e, err
}

// join returns the room.joined that answers e.
func (s *stream) join(ctx context.Context, consumer hub.Consumer, e hub.Event) (hub.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := consumer.Handle(ctx, e); err != nil {
		return hub.Event{}, err
	}
	return s.first.wait(ctx)
}

// leave takes the connection out of the HTTP server, or over HTTP/2 a share of it,
// and begins the stream.
func (s *stream) leave(w http.ResponseWriter, r *http.Request, joined hub.Event) error {
	d, ok := joined.Detail.(*hub.Joined)
	if !ok {
		return unexpected(&joined)
	}
	if r.ProtoMajor > 1 {
		maps.Copy(w.Header(), streamHeader)
		s.begin(share(w, r, s.live.api.opts.Stall), nil, &joined, d)
		return nil
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return hub.Errorf(hub.Unavailable, "A stream needs a connection that can be kept. Poll instead.")
	}
	var head bytes.Buffer // the end of the stream is that of the connection
	head.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n")
	_ = streamHeader.Write(&head) // a buffer takes it
	head.WriteString("\r\n")
	s.begin(conn, head.Bytes(), &joined, d)
	return nil
}

// begin begins the stream, after the head that is given.
func (s *stream) begin(conn net.Conn, head []byte, joined *hub.Event, d *hub.Joined) {
	giveUpAfter(conn, unheard)
	out := hub.NewOutbound(conn)
	out.Stall = s.live.api.opts.Stall
	slow := hub.ErrorEvent(&hub.Event{Room: joined.Room}, hub.ErrSlow)
	out.Slow = sseEvent(&slow)
	retry := minRetry + rand.N(maxRetry-minRetry)
	begin := fmt.Appendf(head, "retry: %d\n\n", retry.Milliseconds())
	s.mu.Lock()
	s.format = sseFrames{d.Epoch}
	begin = append(begin, s.format.joined(joined, d.Head)...)
	_ = out.Send(append(begin, s.early...)) // it is new, and takes it
	s.conn, s.out, s.early = conn, out, nil
	if s.finished {
		out.Finish(endEvent(s.cause))
	}
	waiting := s.waiting
	s.waiting = nil
	s.pingLater()
	s.mu.Unlock()
	for _, c := range waiting {
		c.Wake()
	}
}

// run waits until the peer is gone, or has been told to go.
func (s *stream) run(ctx context.Context, consumer hub.Consumer) {
	var nothing [64]byte // a peer has nothing to say
	var gone error
	for gone == nil {
		_, gone = s.conn.Read(nothing[:])
	}
	s.mu.Lock()
	s.ended = true
	s.ping.Stop()
	var cause error
	if s.finished {
		cause = s.cause
	}
	s.mu.Unlock()
	if errors.Is(gone, hub.ErrSlow) || errors.Is(s.out.Err(), hub.ErrSlow) {
		cause = hub.ErrSlow
	}
	consumer.Close(ctx, cause)
	s.out.Close(nil)
	if share, ok := s.conn.(*shared); ok {
		_ = share.wait() // which is told already
	}
}

// pingLater sends a comment now and then, so that nobody on the way takes the
// connection for a dead one. It is called with the lock.
func (s *stream) pingLater() {
	every := s.live.api.opts.Heartbeat
	s.ping = time.AfterFunc(every-every/8+rand.N(every/8), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.ended && s.out.Send([]byte(": still here\n\n")) == nil {
			s.pingLater()
		}
	})
}

// Send implements [hub.Sender].
func (s *stream) Send(e hub.Event) error {
	s.first.first(answer{event: e}) // the join's answer, once
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := e.Detail.(*hub.Joined); ok {
		return nil // the stream begins with it
	}
	var frame []byte
	if e.Seq > 0 {
		frame = s.format.Append(nil, hub.NewEntry(e))
	} else {
		frame = sseEvent(&e)
	}
	if s.out != nil {
		return s.out.Send(frame)
	}
	s.early = append(s.early, frame...)
	return nil
}

// Finish implements [hub.Finisher].
func (s *stream) Finish(cause error) {
	s.first.Finish(cause)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return
	}
	s.finished, s.cause = true, cause
	if s.out != nil {
		s.out.Finish(endEvent(cause))
	}
}

// endEvent tells why a scope ended, nothing where that is as it should be.
func endEvent(cause error) []byte {
	if cause == nil {
		return nil
	}
	e := hub.ErrorEvent(&hub.Event{}, cause)
	return sseEvent(&e)
}

// restart tells the peer to come back.
func (s *stream) restart() { s.out.Finish(sseEvent(&hub.Event{Type: hub.TypeRestarting})) }

// cut ends the connection at once.
func (s *stream) cut(cause error) { s.out.Close(cause) }

// OpenReader implements [hub.RoomSender].
func (s *stream) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return sseFrames{}, s }

// Take implements [hub.Reader].
func (s *stream) Take(c *hub.Cursor, frames []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out == nil {
		s.waiting = append(s.waiting, c)
		return 0
	}
	return s.out.Take(c, frames)
}

// EndSlow implements [hub.Ender].
func (s *stream) EndSlow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != nil {
		s.out.EndSlow()
	}
}
