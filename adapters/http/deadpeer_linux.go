package http

import (
	"crypto/tls"
	"net"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT (tcp(7)), which package syscall has no name
// for.
const tcpUserTimeout = 0x12

// giveUpAfter ends conn when what was sent is not acknowledged for so long. Else a
// peer that lost its network would be there, and present, for a quarter of an hour:
// nobody answers a stream's comments.
func giveUpAfter(conn net.Conn, patience time.Duration) {
	if over, ok := conn.(*tls.Conn); ok {
		conn = over.NetConn()
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // where it cannot be, TCP has its own patience
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(patience.Milliseconds()))
	})
}
