//go:build !unix

package hub

import "net"

// newTryWriter returns nil where connections cannot be tried: a goroutine writes
// everything then.
func newTryWriter(conn net.Conn) tryWriter {
	t, _ := conn.(tryWriter)
	return t
}
