package mqtt

import (
	"net"
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
	out      *hub.Outbound
	session  *session

	mu     sync.Mutex
	hungUp bool
}

func newLink(raw net.Conn, s *session) *link {
	out := hub.NewOutbound(raw)
	return &link{Conn: out.Conn(), raw: raw, out: out, session: s}
}

// SetDeadline implements [net.Conn]: mochi's keep alive. It is that of reading,
// and cannot revive a connection that was hung up.
func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hungUp {
		return nil
	}
	return l.raw.SetReadDeadline(t)
}

// Close implements [net.Conn]: it is mochi's word that it has done.
func (l *link) Close() error {
	l.hangUp()
	return nil
}

// hangUp ends reading, also one that is under way. It may be called from any
// goroutine, and does not wait.
func (l *link) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hungUp = true
	_ = l.raw.SetReadDeadline(time.Unix(1, 0)) // one that is closed does not read either
}

// finish writes what is queued and last, and closes: when the peer has, or after
// the while given to it.
func (l *link) finish(last []byte, wait time.Duration) {
	enough := time.AfterFunc(wait, func() { l.out.Close(nil) })
	defer enough.Stop()
	_ = l.raw.SetReadDeadline(time.Time{}) // hangUp has set it to the past
	l.out.Linger(last)
}
