//go:build unix

package hub

import (
	"net"
	"os"
	"syscall"
)

// descriptor is that of a connection's file, which does not block. It is written to
// past the connection's own guard against being closed meanwhile, which takes as long
// as all else around a write where there are many connections: an [Outbound] is the
// only one that closes its connection, under the lock that it writes under.
type descriptor int

// of returns d, from now on that of conn, or nil where conn has none of its own, as
// with TLS.
func (d *descriptor) of(conn net.Conn) tryWriter {
	if t, ok := conn.(tryWriter); ok {
		return t
	}
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil || raw.Control(func(fd uintptr) { *d = descriptor(fd) }) != nil {
		return nil
	}
	return d
}

// tryWrite implements [tryWriter].
func (d *descriptor) tryWrite(b []byte) (int, error) {
	for {
		n, err := syscall.Write(int(*d), b)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, nil
		default:
			return 0, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", err)}
		}
	}
}
