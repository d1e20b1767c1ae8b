package mqtt

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"hubbub/hub"
)

// link is an accepted connection as mochi sees it. What mochi writes is queued,
// so that no client waits for another one to read; its Close only ends the
// reading, so that what it wrote last still arrives: [link.finish] closes.
type link struct {
	net.Conn // what Outbound gives to libraries: Write queues
	raw      net.Conn
	in       io.Reader // what comes from raw
	out      *hub.Outbound
	remote   netip.AddrPort
	socket   *socket // nil over TCP
	session  *session
	hello    []byte // what has come, until mochi has found a CONNECT in it
	greeted  bool   // it has; both are of who reads

	mu        sync.Mutex
	patience  time.Duration // that mochi has with the peer; 0 for ever
	since     time.Time     // when it was last set
	hungUp    bool
	finishing bool // it is read to its end, and by nobody else
}

// newLink returns the link of a connection over TCP.
func newLink(raw net.Conn) *link {
	out := hub.NewOutbound(raw)
	remote, _ := netip.ParseAddrPort(raw.RemoteAddr().String()) // the zero value where it is no address
	l := &link{Conn: out.Conn(), raw: raw, out: out, remote: remote}
	l.in = newIntake(raw, func(come []byte) int { return l.session.short(come) })
	out.Ending = l.hangUp
	return l
}

// send queues packets, and keeps b.
func (l *link) send(b []byte) error {
	if l.socket != nil {
		b = appendFrame(make([]byte, 0, maxFrameHeader+len(b)), frameBinary, b)
	}
	return l.out.Send(b)
}

// sendNow is send for packets that come after maxFrameHeader bytes of b, which it
// does not keep.
func (l *link) sendNow(b []byte) error { return l.out.SendNow(l.framed(b)) }

// take is sendNow for what a room's cursor has offered: with all else of the shard's turn.
func (l *link) take(c *hub.Cursor, b []byte) error { return l.out.TakeCopy(c, l.framed(b)) }

// framed returns b, from maxFrameHeader on, as it goes over the connection: in a frame
// where that is a WebSocket.
func (l *link) framed(b []byte) []byte {
	packets := b[maxFrameHeader:]
	if l.socket == nil {
		return packets
	}
	var mem [maxFrameHeader]byte
	header := appendFrameHeader(mem[:0], frameBinary, len(packets))
	start := maxFrameHeader - len(header)
	copy(b[start:], header)
	return b[start:]
}

// sendSoon is send for acknowledgements, of which many come together: they go out in
// one write, at once. It does not keep b.
func (l *link) sendSoon(b []byte) {
	if l.socket != nil {
		b = appendFrame(make([]byte, 0, maxFrameHeader+len(b)), frameBinary, b)
	}
	_ = l.session.server.courier.Send(l.out, b) // one that has ended is about to be read no more
}

// sendLater is send for what goes to many clients.
func (l *link) sendLater(b []byte) {
	if l.socket != nil {
		b = appendFrame(make([]byte, 0, maxFrameHeader+len(b)), frameBinary, b)
	}
	_ = l.out.SendLater(b) // one that has ended is about to be read no more
}

// slow sets what a client is told that owes too much. It is called before anything is
// owed.
func (l *link) slow(last []byte) {
	if l.socket != nil {
		last = l.socket.farewell(last)
	}
	l.out.Slow = last
}

// Read implements [net.Conn].
func (l *link) Read(b []byte) (n int, err error) {
	if l.socket != nil {
		n, err = l.socket.Read(b)
	} else {
		n, err = l.in.Read(b)
	}
	if !l.greeted {
		l.hello = append(l.hello, b[:n]...)
	}
	return n, err
}

// greet returns the bytes of the CONNECT that mochi has read, and maybe more.
func (l *link) greet() []byte {
	b := l.hello
	l.hello, l.greeted = nil, true
	return b
}

// Write implements [net.Conn]: it queues a copy.
func (l *link) Write(b []byte) (int, error) {
	if err := l.send(append([]byte(nil), b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// SetDeadline implements [net.Conn]: mochi's keep alive. It is that of reading,
// and cannot revive a connection that was hung up.
func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hungUp {
		return nil
	}
	l.patience, l.since = 0, time.Now()
	if !t.IsZero() {
		l.patience = t.Sub(l.since)
	}
	return l.raw.SetReadDeadline(t)
}

// alive has the keep alive begin anew for a peer from which a packet came that mochi
// does not see. It need not be exact, and a deadline for each would cost more than the
// packet.
func (l *link) alive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); l.patience > 0 && !l.hungUp && now.Sub(l.since) > l.patience/16 {
		l.since = now
		_ = l.raw.SetReadDeadline(now.Add(l.patience))
	}
}

// Close implements [net.Conn]: it is mochi's word that it has done.
func (l *link) Close() error {
	l.hangUp()
	return nil
}

// hangUp ends reading, also one that is under way, but for that of [link.finish]. It
// may be called from any goroutine, with the Outbound's lock too, and does not wait.
func (l *link) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hungUp = true
	if l.finishing {
		return
	}
	_ = l.raw.SetReadDeadline(time.Unix(1, 0)) // one that is closed does not read either
}

// finish writes what is queued and last, and closes: when the peer has, or after
// the while given to it.
func (l *link) finish(last []byte, wait time.Duration) {
	enough := time.AfterFunc(wait, func() { l.out.Close(nil) })
	defer enough.Stop()
	l.mu.Lock()
	l.finishing = true
	_ = l.raw.SetReadDeadline(time.Time{}) // hangUp has set it to the past
	l.mu.Unlock()
	if l.socket != nil {
		last = l.socket.farewell(last)
	}
	l.out.Linger(last)
}
