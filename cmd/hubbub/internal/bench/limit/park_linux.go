package limit

import (
	"bufio"
	"errors"
	"sync"
	"syscall"
)

// parking keeps connections at rest: without a goroutine and without a buffer,
// until there is something to read.
type parking struct {
	epoll int

	mu     sync.Mutex
	parked map[int32]*parked // by file
}

type parked struct {
	conn   *conn
	reader *bufio.Reader // the library's; empty while the connection rests
}

func newParking() (*parking, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &parking{epoll: fd, parked: make(map[int32]*parked)}, err
}

// park has c rest until something comes.
func (p *parking) park(c *conn, reader *bufio.Reader) error {
	if reader.Buffered() > 0 {
		return errors.New("it has something to read")
	}
	sys, ok := c.net.(syscall.Conn)
	if !ok {
		return errors.New("it is no socket")
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return err
	}
	*reader = bufio.Reader{}
	rest := &parked{c, reader}
	err2 := raw.Control(func(fd uintptr) {
		p.mu.Lock()
		p.parked[int32(fd)] = rest
		p.mu.Unlock()
		event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: int32(fd)}
		if err = syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, int(fd), &event); errors.Is(err, syscall.EEXIST) {
			err = syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_MOD, int(fd), &event)
		}
	})
	return errors.Join(err, err2)
}

// run wakes connections.
func (p *parking) run() {
	events := make([]syscall.EpollEvent, 256)
	for {
		n, err := syscall.EpollWait(p.epoll, events, -1)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
		for _, e := range events[:max(n, 0)] {
			p.mu.Lock()
			rest := p.parked[e.Fd]
			delete(p.parked, e.Fd)
			p.mu.Unlock()
			if rest != nil {
				*rest.reader = *bufio.NewReaderSize(rest.conn.net, parkedBuffer)
				go p.wake(rest)
			}
		}
	}
}

// wake handles what came, and has the connection rest again.
func (p *parking) wake(rest *parked) {
	c := rest.conn
	for {
		_, body, err := c.ws.ReadMessage()
		if err != nil {
			c.leave()
			return
		}
		c.handle(body)
		if rest.reader.Buffered() == 0 && p.park(c, rest.reader) == nil {
			return
		}
	}
}
