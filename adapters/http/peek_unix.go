//go:build unix

package http

import (
	"net"
	"syscall"
)

// canPeek says whether [peek] works on this system.
const canPeek = true

// peek waits until something has come and returns memory of heads with as much of it as
// there is and fits. It stays to be read. Of a connection that is none of the system's it
// returns no memory, and while nobody speaks it takes none.
func peek(c net.Conn) (mem *[maxHead]byte, n int, err error) {
	sys, ok := c.(syscall.Conn)
	if !ok {
		return nil, 0, nil
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return nil, 0, err
	}
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		b := heads.Get().(*[maxHead]byte)
		for {
			n, _, failed = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
			if failed != syscall.EINTR {
				break
			}
		}
		if failed != nil {
			heads.Put(b)
			return failed != syscall.EAGAIN
		}
		mem = b
		return true
	})
	if err == nil {
		err = failed
	}
	return mem, n, err
}
