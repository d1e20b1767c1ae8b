//go:build unix

package mqtt

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

const intakeSize = 16 << 10 // bytes that are read at once

var intakes = sync.Pool{New: func() any { return new([intakeSize]byte) }}

// intake reads a connection, packet by packet. It has a buffer only while that holds
// something that has come: a connection at rest has none.
type intake struct {
	raw     syscall.RawConn
	attempt func(fd uintptr) bool // made once: a read allocates nothing
	short   func(come []byte) int
	edge    edge

	buf  *[intakeSize]byte
	rest []byte // of buf, not handed on yet
	err  error  // of the read that is under way
}

// newIntake returns conn itself where that has no descriptor of its own, as with TLS.
// short is asked at the beginning of a packet whether it takes some from what has come,
// and how many bytes of it: these are not read.
func newIntake(conn net.Conn, short func(come []byte) int) io.Reader {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return conn
	}
	in := &intake{raw: raw, short: short}
	in.attempt = in.readFrom
	return in
}

// Read implements [io.Reader]. It returns no bytes of two packets, so that who reads has
// done with one before the next is looked at. Deadlines are the connection's.
func (in *intake) Read(b []byte) (int, error) {
	for {
		if len(in.rest) == 0 {
			in.err = nil
			if err := in.raw.Read(in.attempt); err != nil {
				return 0, err
			}
			if in.err != nil {
				return 0, in.err
			}
		}
		n := 0
		if in.edge.between() {
			n = in.short(in.rest)
		}
		taken := n > 0
		if !taken {
			n = copy(b, in.rest[:in.edge.pass(in.rest[:min(len(b), len(in.rest))])])
		}
		if in.rest = in.rest[n:]; len(in.rest) == 0 {
			in.release()
		}
		if !taken {
			return n, nil
		}
	}
}

// readFrom makes one attempt. It reports false where nothing has come: then it is
// waited for.
func (in *intake) readFrom(fd uintptr) bool {
	in.buf = intakes.Get().(*[intakeSize]byte)
	for {
		n, err := syscall.Read(int(fd), in.buf[:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == nil && n > 0:
			in.rest = in.buf[:n]
			return true
		case err == nil:
			in.err = io.EOF
		case err != syscall.EAGAIN:
			in.err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)}
		}
		in.release()
		return in.err != nil
	}
}

func (in *intake) release() {
	intakes.Put(in.buf)
	in.buf, in.rest = nil, nil
}
