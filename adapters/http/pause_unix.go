//go:build unix

package http

import (
	"os"
	"syscall"
	"time"
)

// networkPause is a pipe to itself: what is written comes back behind all that has come
// from the network before.
type networkPause struct {
	from, to *os.File // nil until it is used
	closed   bool
}

// wait returns when the runtime has heard of all that had come, or after so long. It
// reports false where it did not wait.
func (p *networkPause) wait(most time.Duration) bool {
	if p.from == nil && !p.open() {
		return false
	}
	raw, err := p.from.SyscallConn()
	if err != nil || p.from.SetReadDeadline(time.Now().Add(most)) != nil {
		return false
	}
	asked := false
	_ = raw.Read(func(fd uintptr) bool {
		if !asked { // not before: the runtime forgets what it was told before it begins to wait
			asked = true
			_, err = p.to.Write([]byte{0})
			return err != nil
		}
		var b [64]byte // and what came after the last wait had ended
		_, _ = syscall.Read(int(fd), b[:])
		return true
	})
	return err == nil
}

func (p *networkPause) open() bool {
	if p.closed {
		return false
	}
	from, to, err := os.Pipe()
	if err != nil { // out of files
		return false
	}
	p.from, p.to = from, to
	return true
}

func (p *networkPause) close() {
	p.closed = true
	if p.from != nil {
		_, _ = p.from.Close(), p.to.Close()
	}
}
