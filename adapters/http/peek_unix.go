//go:build unix

package http

import (
	"net"
	"syscall"
)

// canPeek says whether [peek] works on this system.
const canPeek = true

// peek waits until something has come and returns how much of it is in b now. It stays
// to be read. Of a connection that is none of the system's it returns nothing.
func peek(c net.Conn, b []byte) (n int, err error) {
	sys, ok := c.(syscall.Conn)
	if !ok {
		return 0, nil
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		for {
			n, _, failed = syscall.Recvfrom(int(fd), b, syscall.MSG_PEEK)
			if failed != syscall.EINTR {
				return failed != syscall.EAGAIN
			}
		}
	})
	if err == nil {
		err = failed
	}
	return max(n, 0), err
}
