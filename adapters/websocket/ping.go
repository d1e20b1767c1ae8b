package websocket

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"
)

// Pings are counted in ticks: one goroutine looks at all connections in each.
const (
	ticksAPing  = 16
	silentTicks = 2*ticksAPing + ticksAPing/3
	jitterTicks = 3 // so that the pings of thousands who came together spread

	handling = math.MaxInt64 // instead of when something came: nobody listens now
)

// errSilent ends a connection from which nothing came.
var errSilent = fmt.Errorf("websocket: the peer was silent for too long: %w", os.ErrDeadlineExceeded)

// silence is how long nothing may come from a peer, at most: two pings, and a
// part of a third.
func (s *Server) silence() time.Duration { return s.opts.Ping * silentTicks / ticksAPing }

// keepAlive pings until stop is closed.
func (s *Server) keepAlive(stop <-chan struct{}) {
	tick := time.NewTicker(max(s.opts.Ping/ticksAPing, 1))
	defer tick.Stop()
	var due, silent []*conn
	for {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		due, silent = s.tick(due[:0], silent[:0])
		for _, c := range silent {
			c.out.Close(errSilent)
		}
		for _, c := range due {
			c.ping()
		}
	}
}

// tick appends who is to be pinged, and who is dead.
func (s *Server) tick(due, silent []*conn) (_, _ []*conn) {
	now := s.clock.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		switch {
		case now-c.heard.Load() >= silentTicks:
			silent = append(silent, c)
		case now >= c.nextPing:
			c.nextPing = now + ticksAPing - rand.Int64N(jitterTicks)
			due = append(due, c)
		}
	}
	return due, silent
}

// pingFrame is never changed.
var pingFrame = appendFrame(nil, opPing, nil)

func (c *conn) ping() {
	if c.out.Send(pingFrame) != nil && c.out.Err() != nil { // which reading notices only between two events
		c.giveUp()
	}
}
