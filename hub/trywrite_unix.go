//go:build unix

package hub

import (
	"net"
	"os"
	"syscall"
)

// rawWriter tries to write to a file descriptor that does not block.
type rawWriter struct {
	conn    syscall.RawConn
	attempt func(fd uintptr) bool // made once: a try allocates nothing

	// Of the try that is under way.
	b   []byte
	n   int
	err error
}

// newTryWriter returns nil where conn has no descriptor of its own, as with TLS.
func newTryWriter(conn net.Conn) tryWriter {
	if t, ok := conn.(tryWriter); ok {
		return t
	}
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &rawWriter{conn: raw}
	w.attempt = w.writeTo
	return w
}

// tryWrite implements [tryWriter].
func (w *rawWriter) tryWrite(b []byte) (int, error) {
	w.b, w.n, w.err = b, 0, nil
	err := w.conn.Write(w.attempt)
	w.b = nil
	if err == nil {
		err = w.err
	}
	return w.n, err
}

// writeTo makes one attempt. It reports that it has done, whatever came of it:
// else it would be waited for.
func (w *rawWriter) writeTo(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), w.b)
		switch err {
		case nil:
			w.n = n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			w.err = &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", err)}
		}
		return true
	}
}
