//go:build !unix

package mqtt

import (
	"io"
	"net"
)

// newIntake returns conn itself: it cannot be waited for without a buffer.
func newIntake(conn net.Conn) io.Reader { return conn }
