package http

import (
	"net"
	"syscall"
	"testing"
	"time"
)

func TestGivingUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	giveUpAfter(conn, 35*time.Second)
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var set int
	if cerr := raw.Control(func(fd uintptr) { set, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout) }); cerr != nil || err != nil || set != 35_000 {
		t.Errorf("%d ms, %v, %v", set, cerr, err)
	}
}
