package redis

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// proxy is the wire to a server, which a test can cut.
type proxy struct {
	addr     string
	server   string
	listener net.Listener

	mu     sync.Mutex
	down   bool
	loses  []byte // the answer that holds this is lost, with all connections
	lost   chan struct{}
	conns  map[net.Conn]struct{}
	copies sync.WaitGroup
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: listener.Addr().String(), server: server, listener: listener, conns: map[net.Conn]struct{}{}, lost: make(chan struct{})}
	p.copies.Go(p.accept)
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		p.copies.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = struct{}{}, struct{}{}
		if p.down {
			client.Close()
			server.Close()
		}
		p.mu.Unlock()
		p.copies.Go(func() {
			_, _ = io.Copy(server, client)
			server.Close()
		})
		p.copies.Go(func() {
			p.answers(client, server)
			client.Close()
		})
	}
}

func (p *proxy) answers(client, server net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		lose := p.loses != nil && bytes.Contains(buf[:n], p.loses)
		if lose {
			p.loses, p.down = nil, true
			close(p.lost)
		}
		p.mu.Unlock()
		if lose {
			p.cut()
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// lose has the answer that holds the text lost, and the wire cut from then on.
func (p *proxy) lose(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loses = []byte(text)
}

// cut ends all connections; new ones may follow.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}

func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}
