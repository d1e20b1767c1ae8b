//go:build !unix

package hub

import "net"

// descriptor stands for what connections are not tried by here.
type descriptor struct{}

// of returns nil where conn cannot be tried: a goroutine writes everything then.
func (*descriptor) of(conn net.Conn) tryWriter {
	t, _ := conn.(tryWriter)
	return t
}
