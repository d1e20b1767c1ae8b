package main

import (
	"net"
	"runtime"
)

// few is how many connections are accepted at a time.
const few = 16

// fewAtATime is a listener that accepts a few connections and then goes to the end of
// the scheduler's queue. Where thousands come at once, those who are there already
// would otherwise wait behind all of them at each step of what they say: when it is
// read, committed and delivered. Who is not accepted yet waits in the system's queue.
type fewAtATime struct {
	net.Listener
	accepted int // since the last pause; of the one goroutine that accepts
}

// Accept implements [net.Listener].
func (l *fewAtATime) Accept() (net.Conn, error) {
	if l.accepted == few {
		l.accepted = 0
		runtime.Gosched()
	}
	l.accepted++
	return l.Listener.Accept()
}
