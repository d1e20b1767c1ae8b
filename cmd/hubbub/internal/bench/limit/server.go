package limit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Options of a server.
type Options struct {
	// Gap is how long an event may wait for others, after the first of a room, and
	// Frames how many do not wait.
	Gap    time.Duration
	Frames int
	// Park has connections at rest cost no goroutine and no buffers. It is for
	// many that are idle; busy ones cost more by it.
	Park bool
}

type server struct {
	opts     Options
	upgrader websocket.Upgrader
	parking  *parking // nil where nobody parks
	flusher  flusher

	mu    sync.Mutex
	rooms map[string]*room
}

// Serve serves on free ports of the loopback until ctx ends, and says on log
// which, as a hub does.
func Serve(ctx context.Context, log io.Writer, opts Options) error {
	s := &server{opts: opts, rooms: make(map[string]*room)}
	s.flusher = flusher{opts: opts, wake: make(chan struct{}, 1)}
	s.upgrader = websocket.Upgrader{
		CheckOrigin: func(*http.Request) bool { return true }, ReadBufferSize: 1024, WriteBufferSize: 256,
	}
	if opts.Park {
		s.upgrader.ReadBufferSize = 0 // the one that is handed over with the connection
		var err error
		if s.parking, err = newParking(); err != nil {
			return err
		}
		go s.parking.run()
	}
	var listeners [2]net.Listener
	for i := range listeners {
		var err error
		if listeners[i], err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", s.upgrade)
	mux.HandleFunc("/ws/rooms/{room}", s.upgrade)
	h := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = h.Serve(listeners[0]) }()
	go s.serveMQTT(listeners[1])
	go s.flusher.run()
	_, _ = fmt.Fprintf(log, "hubbub ready http=%s mqtt=%s\n", listeners[0].Addr(), listeners[1].Addr())
	<-ctx.Done()
	return errors.Join(h.Close(), listeners[1].Close())
}

func (s *server) room(name string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[name]
	if r == nil {
		r = newRoom(name)
		s.rooms[name] = r
	}
	return r
}

func (s *server) upgrade(w http.ResponseWriter, r *http.Request) {
	var hj *hijacker
	if s.parking != nil {
		hj = &hijacker{ResponseWriter: w}
		w = hj
	}
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{server: s, ws: ws, net: ws.NetConn()}
	if name := r.PathValue("room"); name != "" {
		c.join(s.room(name))
	}
	if hj != nil && s.parking.park(c, hj.reader) == nil {
		return
	}
	go c.read()
}

// hijacker hands the upgrader a reader that can be emptied.
type hijacker struct {
	http.ResponseWriter
	reader *bufio.Reader
}

// Hijack implements [http.Hijacker].
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.reader = bufio.NewReaderSize(nc, parkedBuffer)
	return nc, bufio.NewReadWriter(h.reader, rw.Writer), nil
}

const parkedBuffer = 512
