package hubtest

import (
	"bytes"
	"context"
	"net"
	"sync"
)

// Proxy is a network that breaks when it is told to: TCP on 127.0.0.1, from
// [Proxy.Addr] to a server. It ends with the test. All methods may be called
// concurrently. It is no use in a synctest bubble, where time does not pass while
// something waits for a network.
type Proxy struct {
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	refuses bool
	stalled [2]chan struct{} // by direction: closed when it goes on; nil where it does
	loses   *loss            // what is to be lost; nil is nothing
	wires   map[*wire]struct{}
}

// loss is what [Proxy.Lose] asks for.
type loss struct {
	direction Direction
	text      []byte
	happened  chan struct{}
}

// Direction is a way through a [Proxy].
type Direction int

// The directions.
const (
	ToServer Direction = iota
	ToClient
)

// NewProxy opens a proxy to the server at target, host:port.
func NewProxy(t TB, target string) *Proxy {
	t.Helper()
	p := &Proxy{target: target, wires: make(map[*wire]struct{})}
	var err error
	if p.listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("hubtest: open a proxy: %v", err)
	}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr returns the address that clients connect to, host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut breaks all connections: both ends are reset, and what is on its way is
// lost. New ones are made as before.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.wires {
		w.cut()
	}
}

// Stall has nothing pass in that direction any more, as if each packet were lost:
// no end notices, but by waiting. What is being written when it is called passes.
func (p *Proxy) Stall(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled[d] == nil {
		p.stalled[d] = make(chan struct{})
	}
}

// Refuse has connections that are made from now on reset at once: clients see it
// when they connect, or when they read.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = true
}

// Lose loses the next bytes in that direction that hold text in one piece, such as
// an acknowledgement: they and all connections, as by Cut, and new ones are refused,
// as by Refuse. What it returns is closed when that has happened.
func (p *Proxy) Lose(d Direction, text string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loses = &loss{d, []byte(text), make(chan struct{})}
	return p.loses.happened
}

// Resume undoes Stall and Refuse: what was held back passes now.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = false
	for d, held := range p.stalled {
		if held != nil {
			close(held)
			p.stalled[d] = nil
		}
	}
}

// loss reports whether the bytes are lost.
func (p *Proxy) loss(d Direction, piece []byte) bool {
	p.mu.Lock()
	l := p.loses
	lost := l != nil && l.direction == d && bytes.Contains(piece, l.text)
	if lost {
		p.loses, p.refuses = nil, true
	}
	p.mu.Unlock()
	if lost {
		p.Cut()
		close(l.happened)
	}
	return lost
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // it is closed
		}
		p.running.Go(func() { p.connect(client) })
	}
}

// connect joins client and server, and returns when that has ended.
func (p *Proxy) connect(client net.Conn) {
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	w := &wire{proxy: p, ends: [2]net.Conn{server, client}, gone: make(chan struct{})}
	if !p.add(w) {
		w.cut()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { w.forward(ToServer) })
	both.Go(func() { w.forward(ToClient) })
	both.Wait()
	w.cut() // both have ended by themselves
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.wires, w)
}

func (p *Proxy) add(w *wire) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.refuses {
		return false
	}
	p.wires[w] = struct{}{}
	return true
}

// held returns what to wait for before something passes; nil for nothing.
func (p *Proxy) held(d Direction) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stalled[d]
}

// wire is one connection through a proxy.
type wire struct {
	proxy *Proxy
	ends  [2]net.Conn // by the direction that leads there
	gone  chan struct{}
	once  sync.Once
}

func (w *wire) cut() {
	w.once.Do(func() {
		close(w.gone)
		reset(w.ends[ToServer])
		reset(w.ends[ToClient])
	})
}

// reset closes conn with a RST instead of a FIN.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// forward carries bytes in one direction until its source ends, and tells the
// other end of it.
func (w *wire) forward(d Direction) {
	from, to := w.ends[1-d], w.ends[d]
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if w.proxy.loss(d, buf[:n]) {
			return
		}
		for held := w.proxy.held(d); held != nil; held = w.proxy.held(d) {
			select {
			case <-held:
			case <-w.gone:
				return
			}
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				w.cut()
				return
			}
		}
		if err != nil {
			if half, ok := to.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
				w.cut()
			}
			return
		}
	}
}
