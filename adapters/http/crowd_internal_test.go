package http

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever has something to do while a crowd waits has its turn after a few of them.
func TestACrowdGoesOnAFewAtATime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const all = 512 // fewer than are waited for in the network
	var c crowd
	defer c.close()
	var came atomic.Int64
	var going sync.WaitGroup
	c.mu.Lock()
	for range all {
		going.Go(func() {
			c.wait()
			came.Add(1)
		})
	}
	for c.waiting.Load() < all {
		runtime.Gosched()
	}
	c.mu.Unlock()
	var turns, last int64
	for last < all {
		runtime.Gosched()
		if now := came.Load(); now > last {
			turns, last = turns+1, now
		}
	}
	going.Wait()
	if turns < all/32 {
		t.Errorf("%d went on for each turn of somebody else; want 16", all/turns)
	}
}

// Who wants no socket is served while a crowd waits for theirs.
func TestOthersPassACrowd(t *testing.T) {
	up := &Upgrades{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
		Paths:   []string{"/ws"}, Timeout: time.Minute,
	}
	if !up.Part() {
		t.Skip("sockets are not opened in front of the server on this system")
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := up.Listen(tcp).(*parting)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(p) }()
	ask := func(head string) *bufio.Reader {
		c, err := net.Dial("tcp", tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := c.Write([]byte(head)); err != nil {
			t.Fatal(err)
		}
		return bufio.NewReader(c)
	}
	status := func(from *bufio.Reader, want int) {
		t.Helper()
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("status %d, want %d", answer.StatusCode, want)
		}
	}

	p.crowd.mu.Lock() // as one of the crowd has it while others have their turn
	socket := ask("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	for p.crowd.waiting.Load() == 0 {
		runtime.Gosched()
	}
	status(ask("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"), http.StatusOK)
	if p.crowd.waiting.Load() != 1 {
		t.Error("the socket did not wait")
	}
	p.crowd.mu.Unlock()
	status(socket, http.StatusTeapot)
	_ = srv.Close()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
