package mqtt

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// subprotocols of MQTT over WebSocket (MQTT 5, 6; the second is older).
var subprotocols = []string{"mqtt", "mqttv3.1"}

// errNotBinary ends a WebSocket that is sent text (MQTT 5, 6.0.0-1).
var errNotBinary = errors.New("mqtt: a frame that is not binary")

// socket is a WebSocket below a link. Packets and frames need not begin or end
// together. All that goes out goes through the link's Outbound in whole frames,
// also what the library says by itself.
type socket struct {
	ws      *websocket.Conn
	request *http.Request
	message io.Reader // nil between messages
}

// ServeHTTP serves MQTT over a WebSocket, and returns when it is open: the
// connection goes on by itself. A request that offers no subprotocol of MQTT, or
// comes from another site's page, is refused.
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	offered := websocket.Subprotocols(r)
	speaks := func(p string) bool { return slices.Contains(offered, p) }
	if websocket.IsWebSocketUpgrade(r) && !slices.ContainsFunc(subprotocols, speaks) {
		refuseSocket(w, http.StatusBadRequest, "This is MQTT: offer the subprotocol mqtt.")
		return
	}
	srv.mu.Lock()
	busy := srv.closing || srv.full()
	srv.mu.Unlock()
	if busy {
		w.Header().Set("Retry-After", "1")
		refuseSocket(w, http.StatusServiceUnavailable, "The hub has too many connections, or is stopping. Try again.")
		return
	}
	hj := &hijacker{ResponseWriter: w}
	upgrader := websocket.Upgrader{
		Subprotocols:     subprotocols,
		CheckOrigin:      srv.options.CheckOrigin,
		HandshakeTimeout: 5 * time.Second,
		ReadBufferSize:   1024,
		WriteBufferSize:  256, // only the answer to the upgrade is written by the library
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			refuseSocket(w, status, reason.Error())
		},
	}
	ws, err := upgrader.Upgrade(hj, r, nil)
	if err != nil {
		if hj.link != nil {
			hj.link.out.Close(err)
		}
		return
	}
	hj.link.remote = srv.options.RemoteAddr(r)
	hj.link.socket = newSocket(ws, r, hj.link.out)
	srv.admit(hj.link)
}

// refuseSocket answers with a problem document (RFC 9457), as the API does.
func refuseSocket(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
}

// hijacker hands the library a connection whose bytes go through an Outbound.
type hijacker struct {
	http.ResponseWriter
	link *link
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.link = newLink(nc)
	return h.link.Conn, rw, nil
}

func newSocket(ws *websocket.Conn, r *http.Request, out *hub.Outbound) *socket {
	ws.SetPingHandler(func(data string) error {
		return out.Send(appendFrame(nil, framePong, []byte(data)))
	})
	ws.SetCloseHandler(func(int, string) error { return nil }) // the link answers when it has finished
	return &socket{ws: ws, request: r}
}

// Read reads on in the messages as if they were one.
func (s *socket) Read(b []byte) (int, error) {
	for {
		if s.message == nil {
			kind, message, err := s.ws.NextReader()
			switch {
			case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived):
				return 0, io.EOF
			case err != nil:
				return 0, err
			case kind != websocket.BinaryMessage:
				return 0, errNotBinary
			}
			s.message = message
		}
		n, err := s.message.Read(b)
		if errors.Is(err, io.EOF) {
			s.message, err = nil, nil
		}
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
	}
}

// farewell returns the frames that end the socket, the first with the packets in last.
func (s *socket) farewell(last []byte) []byte {
	var b []byte
	if len(last) > 0 {
		b = appendFrame(b, frameBinary, last)
	}
	return appendFrame(b, frameClose, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}

// First bytes of frames that a server sends whole (RFC 6455, 5.2).
const (
	frameBinary = 0x80 | websocket.BinaryMessage
	frameClose  = 0x80 | websocket.CloseMessage
	framePong   = 0x80 | websocket.PongMessage

	maxFrameHeader = 10
)

// appendFrame appends a frame, which a server does not mask.
func appendFrame(dst []byte, first byte, payload []byte) []byte {
	return append(appendFrameHeader(dst, first, len(payload)), payload...)
}

// appendFrameHeader appends what comes before n bytes of payload.
func appendFrameHeader(dst []byte, first byte, n int) []byte {
	dst = append(dst, first)
	switch {
	case n < 126:
		return append(dst, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
}
