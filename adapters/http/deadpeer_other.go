//go:build !linux

package http

import (
	"net"
	"time"
)

// giveUpAfter does nothing: TCP has its own patience, some minutes.
func giveUpAfter(net.Conn, time.Duration) {}
