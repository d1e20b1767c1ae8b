package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"
)

// readSize is how much is read at once.
const readSize = 256 << 10

// loop drives connections from the one goroutine that calls its methods.
type loop struct {
	client client
	epoll  int
	peers  map[int]*peer // by file
	dirty  []*peer       // with something to write
	events []syscall.EpollEvent
	buf    []byte
}

func newLoop(c client) (*loop, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &loop{
		client: c, epoll: fd, peers: make(map[int]*peer),
		events: make([]syscall.EpollEvent, 512), buf: make([]byte, readSize),
	}, nil
}

// close closes all connections.
func (l *loop) close() {
	for _, p := range l.peers {
		l.drop(p)
	}
	_ = syscall.Close(l.epoll)
}

// dial begins to connect p. That it is connected is told by its first packet.
func (l *loop) dial(p *peer, addr netip.AddrPort) error {
	family, to := sockaddr(addr)
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a socket (a process may open so many files: ulimit -n): %w", err)
	}
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	if err := syscall.Connect(fd, to); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		_ = syscall.Close(fd)
		return fmt.Errorf("connect to %s: %w", addr, err)
	}
	p.loop, p.fd, p.dialing, p.waits, p.touched = l, fd, true, false, false
	p.in, p.out = nil, p.wire.hello(nil, p.join)
	l.peers[fd] = p
	return l.control(syscall.EPOLL_CTL_ADD, p, syscall.EPOLLIN|syscall.EPOLLOUT)
}

func sockaddr(addr netip.AddrPort) (family int, to syscall.Sockaddr) {
	ip := addr.Addr().Unmap()
	if ip.Is4() {
		return syscall.AF_INET, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}
	}
	return syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}
}

func (l *loop) control(op int, p *peer, events uint32) error {
	return syscall.EpollCtl(l.epoll, op, p.fd, &syscall.EpollEvent{Events: events, Fd: int32(p.fd)})
}

// drop closes p without a word.
func (l *loop) drop(p *peer) {
	if l.peers[p.fd] != p {
		return
	}
	delete(l.peers, p.fd)
	_ = syscall.Close(p.fd)
}

// throw drops p as a network does that is gone: nothing of it is finished.
func (l *loop) throw(p *peer) {
	_ = syscall.SetsockoptLinger(p.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	l.drop(p)
}

func (l *loop) touch(p *peer) {
	if !p.touched {
		p.touched = true
		l.dirty = append(l.dirty, p)
	}
}

// turn writes what is to be written, waits up to wait for something to come,
// and has the client hear all of it. The error is ctx's, or of the system.
func (l *loop) turn(ctx context.Context, wait time.Duration) error {
	l.flush()
	if err := ctx.Err(); err != nil {
		return err
	}
	n, err := syscall.EpollWait(l.epoll, l.events, int(min(max(wait, 0), 100*time.Millisecond)/time.Millisecond))
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, e := range l.events[:max(n, 0)] {
		p := l.peers[int(e.Fd)]
		if p == nil {
			continue // it was dropped in this turn
		}
		if e.Events&syscall.EPOLLOUT != 0 {
			l.writable(p)
		}
		if e.Events&^syscall.EPOLLOUT != 0 && l.peers[p.fd] == p {
			l.read(p)
		}
	}
	l.flush()
	return nil
}

func (l *loop) flush() {
	for len(l.dirty) > 0 {
		p := l.dirty[len(l.dirty)-1]
		l.dirty = l.dirty[:len(l.dirty)-1]
		if p.touched = false; !p.waits && !p.dialing && l.peers[p.fd] == p {
			l.send(p)
		}
	}
}

func (l *loop) writable(p *peer) {
	if p.dialing {
		code, err := syscall.GetsockoptInt(p.fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
		if err == nil && code != 0 {
			err = syscall.Errno(code)
		}
		if err != nil {
			l.end(p, fmt.Errorf("connect: %w", err))
			return
		}
		p.dialing, p.waits = false, true
	}
	l.send(p)
}

// send writes as much as the socket takes.
func (l *loop) send(p *peer) {
	if len(p.out) == 0 && !p.waits {
		return
	}
	n, err := syscall.Write(p.fd, p.out)
	if err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR) {
		l.end(p, fmt.Errorf("write: %w", err))
		return
	}
	p.out = append(p.out[:0], p.out[max(n, 0):]...)
	if cap(p.out) > 4096 && len(p.out) == 0 {
		p.out = nil
	}
	if waits := len(p.out) > 0; waits != p.waits {
		p.waits = waits
		events := uint32(syscall.EPOLLIN)
		if waits {
			events |= syscall.EPOLLOUT
		}
		if err := l.control(syscall.EPOLL_CTL_MOD, p, events); err != nil {
			l.end(p, err)
		}
	}
}

func (l *loop) read(p *peer) {
	had := copy(l.buf, p.in)
	n, err := syscall.Read(p.fd, l.buf[had:])
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		return
	case err != nil:
		l.end(p, fmt.Errorf("read: %w", err))
		return
	case n == 0:
		l.end(p, errors.New("the hub ended the connection"))
		return
	}
	at, b := now(), l.buf[:had+n]
	for len(b) > 0 {
		m, n, err := p.wire.scan(b)
		if err != nil {
			l.end(p, err)
			return
		}
		if n == 0 {
			break
		}
		if b = b[n:]; len(m.reply) > 0 {
			p.out = append(p.out, m.reply...)
			l.touch(p)
		}
		if l.client.heard(p, m, at); l.peers[p.fd] != p {
			return
		}
	}
	switch {
	case len(b) == readSize:
		l.end(p, errors.New("the hub says more in one packet than this tool takes"))
	case len(b) > 0 || len(p.in) > 0:
		p.in = append(p.in[:0], b...)
	}
}

func (l *loop) end(p *peer, err error) {
	l.drop(p)
	l.client.gone(p, err)
}
