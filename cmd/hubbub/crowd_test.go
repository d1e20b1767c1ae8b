package main

import (
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// crowd is a listener with so many who want in.
type crowd struct {
	net.Listener
	waiting int
}

func (c *crowd) Accept() (net.Conn, error) {
	if c.waiting == 0 {
		return nil, net.ErrClosed
	}
	c.waiting--
	return nil, nil
}

// Whoever has something to do while a crowd comes waits for a few of them, not for
// all.
func TestACrowdIsAcceptedAFewAtATime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const all = 4096
	var came atomic.Int64
	var served sync.WaitGroup
	served.Go(func() {
		l := &fewAtATime{Listener: &crowd{waiting: all}}
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
			served.Go(func() { came.Add(1) })
		}
	})
	var most, last int64
	for last < all {
		runtime.Gosched()
		now := came.Load()
		most, last = max(most, now-last), now
	}
	served.Wait()
	if most > 4*few {
		t.Errorf("%d came in while somebody waited for one turn of the processor; want a few", most)
	}
}
