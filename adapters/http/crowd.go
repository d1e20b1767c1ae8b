package http

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	few     = 16                    // of a crowd that go on at a time
	large   = 1024                  // that wait: as much of others' may wait in the network
	longest = 10 * time.Millisecond // that the network is waited for: the runtime asks it so often anyway
)

// crowd has those who come at once go on a few at a time, in the order in which they
// came. The zero value is ready. It is closed when nobody will come any more.
type crowd struct {
	waiting atomic.Int32

	mu    sync.Mutex
	went  int // since others had their turn
	pause networkPause
}

// wait returns when it is the caller's turn. While one goes to the end of the
// scheduler's queue, so that whoever else has something to do does so, the rest wait.
// But the runtime asks the network for more only when nobody can run: where very many
// wait, that one waits for the network instead.
func (c *crowd) wait() {
	waiting := c.waiting.Add(1)
	defer c.waiting.Add(-1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.went++; c.went < few {
		return
	}
	c.went = 0
	if waiting < large || !c.pause.wait(longest) {
		runtime.Gosched()
	}
}

func (c *crowd) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause.close()
}
