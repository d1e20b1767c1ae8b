package main

import (
	"net"
	"syscall"
	"time"
)

// What package net sets for each connection that it accepts.
const (
	keepAliveIdle  = 15 * time.Second
	keepAlivePause = 15 * time.Second
	keepAliveCount = 9
)

// listening opens listeners that hand on TCP's keep-alive to their connections, as
// Linux has it (tcp(7)): so it is not set for each, by four system calls. A system that
// refuses it would refuse it there too, which package net does not mind either.
func listening() *net.ListenConfig {
	return &net.ListenConfig{KeepAlive: -1, Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			for _, o := range []struct{ level, name, value int }{
				{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
				{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, int(keepAliveIdle.Seconds())},
				{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, int(keepAlivePause.Seconds())},
				{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, keepAliveCount},
			} {
				_ = syscall.SetsockoptInt(int(fd), o.level, o.name, o.value)
			}
		})
	}}
}
