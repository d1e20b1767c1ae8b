package hub

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// maxRecord is what TLS puts into one record at most (RFC 8446, section 5.1), in
// bytes.
const maxRecord = 16 << 10

// tlsConn is a TLS connection as [Outbound] needs it. A deadline that passes
// breaks one for writing, since part of a record may have left; and its ends are
// told to the peer, for which they wait when the peer takes nothing.
type tlsConn struct {
	*tls.Conn
	out *Outbound
}

// outboundOf returns what out writes to.
func outboundOf(conn net.Conn, out *Outbound) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		return &tlsConn{t, out}
	}
	return conn
}

// SetWriteDeadline implements [net.Conn], and does nothing: Write sets its own.
func (c *tlsConn) SetWriteDeadline(time.Time) error { return nil }

// Write implements [net.Conn]. What fits a record and is not taken for as long as
// the peer may take nothing is an [ErrSlow].
func (c *tlsConn) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		if err := c.out.allow(c.Conn); err != nil {
			return n, err
		}
		var taken int
		taken, err = c.Conn.Write(b[:min(len(b), maxRecord)])
		n, b = n+taken, b[taken:]
	}
	switch {
	case err == nil: // what TLS answers by itself, such as an update of keys, has none that has passed
		err = c.Conn.SetWriteDeadline(time.Time{})
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = ErrSlow
	}
	return n, err
}

// allow sets until when the next record must have been taken.
func (o *Outbound) allow(conn *tls.Conn) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	patience := o.Stall
	if errors.Is(o.err, ErrSlow) { // it had its chance
		patience /= stallLooks
	}
	return conn.SetWriteDeadline(time.Now().Add(patience))
}

// hurry leaves the record that is under way as much time as one that follows has when
// the peer is ended as slow. It is called with the Outbound's lock.
func (c *tlsConn) hurry() {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(c.out.Stall / stallLooks)) // a broken one needs none
}

// CloseWrite tells the peer that nothing follows, and does not wait for it.
func (c *tlsConn) CloseWrite() error {
	go func() { _ = c.Conn.CloseWrite() }() // for five seconds at most
	return nil
}

// Close implements [net.Conn]. It closes at once, and tells the peer nothing.
func (c *tlsConn) Close() error { return c.NetConn().Close() }
