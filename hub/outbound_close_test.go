package hub_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"hubbub/hub"
)

// A connection that is opened while another one is closed, and may have its
// descriptor, gets nothing of what that one is still sent.
func TestOutboundWritesToNobodyElse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	open := func() (ours, peer net.Conn) {
		peer, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if ours, err = l.Accept(); err != nil {
			t.Fatal(err)
		}
		return ours, peer
	}
	for range 300 {
		ours, peer := open()
		out := hub.NewOutbound(ours)
		var sending sync.WaitGroup
		for range 4 {
			sending.Go(func() {
				for out.Send([]byte("more")) == nil {
				}
			})
		}
		closed := make(chan struct{})
		go func() {
			out.Close(nil)
			close(closed)
		}()
		others, far := open()
		<-closed
		sending.Wait()
		for _, half := range []net.Conn{others, far} {
			_ = half.(*net.TCPConn).CloseWrite()
		}
		for _, end := range []net.Conn{others, far} {
			if got, _ := io.ReadAll(end); len(got) > 0 {
				t.Fatalf("a connection got what was sent to another: %.20q", got)
			}
			_ = end.Close()
		}
		_ = peer.Close()
	}
}
