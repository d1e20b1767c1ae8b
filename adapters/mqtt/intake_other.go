//go:build !unix

package mqtt

import (
	"io"
	"net"
)

// newIntake returns conn itself: it cannot be waited for without a buffer.
func newIntake(conn net.Conn, _ func([]byte) int) io.Reader { return conn }
