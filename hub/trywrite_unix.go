//go:build unix

package hub

import (
	"net"
	"os"
	"sync"
	"syscall"
)

// rawWriter tries to write to a file descriptor that does not block.
type rawWriter struct{ syscall.RawConn }

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
	return rawWriter{raw}
}

// tryWrite implements [tryWriter].
func (w rawWriter) tryWrite(b []byte) (int, error) {
	try := tries.Get().(*try)
	defer tries.Put(try)
	try.b, try.n, try.err = b, 0, nil
	err := w.RawConn.Write(try.write)
	try.b = nil
	if err == nil {
		err = try.err
	}
	return try.n, err
}

// try is one attempt to write.
type try struct {
	write func(fd uintptr) bool // its method, made once: an attempt allocates nothing

	b   []byte
	n   int
	err error
}

// tries are those that no connection makes.
var tries = sync.Pool{New: func() any {
	t := &try{}
	t.write = t.writeTo
	return t
}}

// writeTo makes one attempt. It reports that it has done, whatever came of it:
// else it would be waited for.
func (t *try) writeTo(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), t.b)
		switch err {
		case nil:
			t.n = n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			t.err = &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", err)}
		}
		return true
	}
}
