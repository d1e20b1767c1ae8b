package http

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"hubbub/hub"
)

// maxPiece is how much is written at once, in bytes: what a peer takes of it counts
// as progress when it has all of it.
const maxPiece = 16 << 10

// shared is a stream of an HTTP/2 connection, which others share, as a connection
// of its own: so a [hub.Outbound] can write to it. The handler of the request stays
// for as long as it is used, and waits for its end before it returns.
type shared struct {
	w       http.ResponseWriter
	control *http.ResponseController
	gone    <-chan struct{} // closed when the peer is
	stall   time.Duration

	closed chan struct{}
	mu     sync.Mutex
	idle   sync.Cond // on mu: nothing is being written
	busy   bool
	over   bool
	broken error // why a write failed
}

var _ net.Conn = (*shared)(nil)

// share begins the answer to r, of HTTP/2. A write that the peer does not take for
// stall is a [hub.ErrSlow].
func share(w http.ResponseWriter, r *http.Request, stall time.Duration) *shared {
	s := &shared{
		w: w, control: http.NewResponseController(w), gone: r.Context().Done(), stall: stall, closed: make(chan struct{}),
	}
	s.idle.L = &s.mu
	return s
}

// Read implements [net.Conn]: it waits for the end. One that a write was the cause
// of has that for its error.
func (s *shared) Read([]byte) (int, error) {
	select {
	case <-s.gone:
		return 0, cmp.Or(s.wait(), io.EOF)
	case <-s.closed:
		return 0, net.ErrClosed
	}
}

// Write implements [net.Conn], in pieces. A deadline ends the stream when it passes,
// whether something is being written or not, and so holds for one piece only.
func (s *shared) Write(b []byte) (n int, err error) {
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return 0, net.ErrClosed
	}
	s.busy = true
	s.mu.Unlock()
	for n < len(b) && err == nil {
		piece := b[n:min(len(b), n+maxPiece)]
		if err = s.piece(piece); err == nil {
			n += len(piece)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy, s.broken = false, err
	s.idle.Broadcast()
	return n, err
}

func (s *shared) piece(b []byte) error {
	late := time.Now().Add(s.stall)
	if err := s.control.SetWriteDeadline(late); err != nil {
		return err
	}
	_, err := s.w.Write(b)
	if err == nil {
		err = s.control.Flush()
	}
	if err == nil {
		err = s.control.SetWriteDeadline(time.Time{})
	}
	if !time.Now().Before(late) { // it has ended the stream, maybe just after the piece was taken
		return hub.ErrSlow
	}
	return err
}

// Close implements [net.Conn]. What is being written is broken off.
func (s *shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	s.over = true
	close(s.closed)
	if s.busy {
		return s.control.SetWriteDeadline(time.Unix(1, 0))
	}
	return nil
}

// wait waits until nothing is written any more, so that the handler may return. It
// returns why the last write failed, if it did.
func (s *shared) wait() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy {
		s.idle.Wait()
	}
	return s.broken
}

// LocalAddr implements [net.Conn].
func (s *shared) LocalAddr() net.Addr { return nil }

// RemoteAddr implements [net.Conn].
func (s *shared) RemoteAddr() net.Addr { return nil }

// SetDeadline implements [net.Conn]; a piece has its own.
func (s *shared) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements [net.Conn]; there is nothing to read.
func (s *shared) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements [net.Conn]; a piece has its own.
func (s *shared) SetWriteDeadline(time.Time) error { return nil }
