package hubtest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"hubbub/hub/hubtest"
)

// echoServer sends back all that it reads.
func echoServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(conn, conn) // one after the other will do; it ends with a reset too
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	return l.Addr().String()
}

func TestProxy(t *testing.T) {
	p := hubtest.NewProxy(t, echoServer(t))
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		return conn
	}
	hears := func(conn net.Conn, want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Fatalf("heard %q, %v", got, err)
		}
	}

	conn := dial()
	conn.Write([]byte("one"))
	hears(conn, "one")

	for _, d := range []hubtest.Direction{hubtest.ToServer, hubtest.ToClient} {
		p.Stall(d)
		conn.Write([]byte("held"))
		conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("stalled in direction %d, and read with %v", d, err)
		}
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		p.Resume()
		hears(conn, "held")
	}

	p.Stall(hubtest.ToClient)
	conn.Write([]byte("lost"))
	p.Cut()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("cut, and read with %v", err)
	}
	p.Refuse()
	mustFail(t, p.Addr())
	p.Resume()

	conn = dial()
	lost := p.Lose(hubtest.ToClient, "needle")
	conn.Write([]byte("hay"))
	hears(conn, "hay")
	conn.Write([]byte("a needle"))
	<-lost
	if n, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("lost, and read %d bytes with %v", n, err)
	}
	mustFail(t, p.Addr())
	p.Resume()
	conn = dial()
	conn.Write([]byte("two"))
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Error(err)
	}
	hears(conn, "two")
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the server hung up, and we read with %v", err)
	}
}

func TestProxyToNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	mustFail(t, hubtest.NewProxy(t, l.Addr().String()).Addr())
}

// mustFail connects to what resets connections, which shows then or when reading.
func mustFail(t *testing.T, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("connected, and read with %v", err)
	}
}
