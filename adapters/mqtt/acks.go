package mqtt

import (
	"sync"
	"time"
)

// pending is a PUBLISH that waits for its outcome, or for those before it.
type pending struct {
	tag     uint64 // of its mqtt.publish
	first   byte   // of the packet that acknowledges it; 0 for QoS 0
	id      uint16
	topic   string
	repeats bool // one at QoS 2 that is under way, or was kept
	settled bool
	ack     *Ack // the outcome, nil for success
}

// acks are the publishes of a client that are under way, in the order in which
// they came; that is the order of their acknowledgements too (MQTT 5, 4.6).
type acks struct {
	mu      sync.Mutex
	change  sync.Cond // on mu
	queue   []pending
	packets []byte // scratch, of those that acknowledge
	closing bool   // no more are taken on
	ended   bool   // no more are acknowledged
}

// begin takes p on, as soon as fewer than maxUnderWay are under way, and reports
// false when the connection ends instead. The client's reader waits here: that
// is how a client is paused.
func (a *acks) begin(p pending) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.queue) >= maxUnderWay && !a.closing {
		a.change.Wait()
	}
	if a.closing {
		return false
	}
	a.queue = append(a.queue, p)
	return true
}

// owed returns how many of those under way are acknowledged by such a packet.
func (a *acks) owed(first byte) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for i := range a.queue {
		if a.queue[i].first == first {
			n++
		}
	}
	return n
}

// settle notes the outcome of the publish with this tag and hands those that can
// be acknowledged now to write, in order. A refusal that write returns is the end
// of acknowledging, and is returned.
func (a *acks) settle(tag uint64, ack *Ack, write func([]pending) *Ack) *Ack {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.queue {
		if p := &a.queue[i]; p.tag == tag && !p.settled {
			p.settled, p.ack = true, ack
			break
		}
	}
	ready := 0
	for ready < len(a.queue) && a.queue[ready].settled {
		ready++
	}
	if ready == 0 || a.ended {
		return nil
	}
	refused := write(a.queue[:ready])
	if refused != nil {
		a.closing, a.ended = true, true
	}
	rest := copy(a.queue, a.queue[ready:])
	clear(a.queue[rest:])
	a.queue = a.queue[:rest]
	a.change.Broadcast()
	return refused
}

// close takes no more on, and lets go those who wait.
func (a *acks) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closing = true
	a.change.Broadcast()
}

// end gives what is under way a while to be acknowledged. After it nothing is.
func (a *acks) end(wait time.Duration) {
	stop := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.closing, a.ended = true, true
		a.change.Broadcast()
	}
	timeout := time.AfterFunc(wait, stop)
	defer timeout.Stop()
	a.mu.Lock()
	for wait > 0 && len(a.queue) > 0 && !a.ended {
		a.change.Wait()
	}
	a.mu.Unlock()
	stop()
}
