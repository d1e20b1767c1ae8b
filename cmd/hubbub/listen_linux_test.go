package main

import (
	"net"
	"syscall"
	"testing"
)

// Connections have the keep-alive that package net gives those of any listener.
func TestConnectionsAreKeptAliveAsEver(t *testing.T) {
	if got, want := keepAlive(t, listening()), keepAlive(t, new(net.ListenConfig)); got != want || got[0] == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
}

// keepAlive returns what holds for a connection of a listener.
func keepAlive(t *testing.T, from *net.ListenConfig) (set [4]int) {
	t.Helper()
	l, err := from.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		for i, o := range [4][2]int{
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT},
		} {
			if set[i], err = syscall.GetsockoptInt(int(fd), o[0], o[1]); err != nil {
				t.Error(err)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return set
}
