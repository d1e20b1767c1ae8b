package websocket

import (
	"crypto/tls"
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// parking is the connections at rest: a file of the kernel's (epoll) says which of
// them have something to read, and one goroutine waits for that. It waits as the
// runtime does for any file, so that no thread is blocked.
type parking struct {
	mu     sync.Mutex
	file   *os.File // nil where none is at rest, nor was since all had ended
	epoll  int      // its descriptor: asking file for it would make it a blocking one
	parked map[int32]*conn
}

func newParking() *parking { return &parking{parked: make(map[int32]*conn)} }

// add reports whether c is at rest. From then on, it may be served.
func (p *parking) add(c *conn) bool {
	src := c.src
	if over, ok := src.(*tls.Conn); ok {
		src = over.NetConn()
	}
	sys, ok := src.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil && !p.open() {
		return false
	}
	if cerr := raw.Control(func(fd uintptr) {
		c.fd = int32(fd)
		event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: int32(fd)}
		op := syscall.EPOLL_CTL_MOD
		if !c.listed {
			op = syscall.EPOLL_CTL_ADD
		}
		err = syscall.EpollCtl(p.epoll, op, int(fd), &event)
	}); cerr != nil || err != nil {
		return false
	}
	c.listed = true
	p.parked[c.fd] = c
	return true
}

// open is called with the lock.
func (p *parking) open() bool {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return false
	}
	if syscall.SetNonblock(fd, true) != nil {
		_ = syscall.Close(fd)
		return false
	}
	p.file, p.epoll = os.NewFile(uintptr(fd), "epoll"), fd
	raw, err := p.file.SyscallConn()
	if err != nil {
		p.closeFile()
		return false
	}
	go p.run(raw)
	return true
}

// How many connections are roused at a time: few at first, and more as long as so
// many have something to say.
const (
	few  = 16
	many = 64
)

// run rouses connections until the file is closed. Where thousands end at once, who
// has something else to do does so in between.
func (p *parking) run(raw syscall.RawConn) {
	var events [many]syscall.EpollEvent
	at := few
	for {
		n := 0
		err := raw.Read(func(fd uintptr) bool {
			var err error
			n, err = syscall.EpollWait(int(fd), events[:at], 0)
			return n > 0 || err != nil && !errors.Is(err, syscall.EINTR)
		})
		if err != nil || n < 0 {
			return
		}
		for _, e := range events[:n] {
			p.mu.Lock()
			c := p.parked[e.Fd]
			delete(p.parked, e.Fd)
			p.mu.Unlock()
			if c != nil {
				go c.serve()
			}
		}
		if n == at {
			at = min(2*at, many)
		} else {
			at = few
		}
		runtime.Gosched()
	}
}

// take reports whether c was at rest, which it is no more.
func (p *parking) take(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.parked[c.fd] != c {
		return false
	}
	delete(p.parked, c.fd)
	return true
}

// close ends waiting. None is at rest.
func (p *parking) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeFile()
}

func (p *parking) closeFile() {
	if p.file != nil {
		_ = p.file.Close() // which ends run
		p.file = nil
	}
}
