package bots

import (
	"context"
	"sync"
	"time"
)

const (
	wheelTick  = 250 * time.Millisecond // how late a conversation may end
	wheelSlots = 1024
)

// wheel says when conversations have been idle for long enough: one goroutine and
// no timers for all of them. A turn does not touch it; a conversation that was used
// meanwhile is put in again when its time comes.
type wheel struct {
	start time.Time
	wake  chan struct{} // holds one token after the wheel was empty

	mu    sync.Mutex
	slots [wheelSlots]*conversation // lists
	count int
	hand  int64 // the last tick whose slot was looked at
}

// spot is a conversation's place in the wheel. It is the wheel's.
type spot struct {
	in         bool
	tick       int64
	next, prev *conversation
}

func newWheel() *wheel {
	return &wheel{start: time.Now(), wake: make(chan struct{}, 1)}
}

// put has c expire at the time, at the next tick if that has passed.
func (w *wheel) put(c *conversation, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.spot.in {
		w.unlink(c)
	}
	if w.count == 0 {
		w.hand = w.ticks(time.Now())
		signal(w.wake)
	}
	tick := max(int64((at.Sub(w.start)+wheelTick-1)/wheelTick), w.hand+1)
	slot := &w.slots[tick%wheelSlots]
	c.spot = spot{in: true, tick: tick, next: *slot}
	if c.spot.next != nil {
		c.spot.next.spot.prev = c
	}
	*slot = c
	w.count++
}

// remove takes c out, if it is in.
func (w *wheel) remove(c *conversation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.spot.in {
		w.unlink(c)
	}
}

func (w *wheel) unlink(c *conversation) {
	s := &c.spot
	if s.prev != nil {
		s.prev.spot.next = s.next
	} else {
		w.slots[s.tick%wheelSlots] = s.next
	}
	if s.next != nil {
		s.next.spot.prev = s.prev
	}
	c.spot = spot{}
	w.count--
}

// run turns the wheel until ctx ends. An empty wheel stands still.
func (w *wheel) run(ctx context.Context) {
	var ticks <-chan time.Time // nil while it stands
	ticker := time.NewTicker(wheelTick)
	defer ticker.Stop()
	ticker.Stop()
	for {
		select {
		case <-w.wake:
			ticker.Reset(wheelTick)
			ticks = ticker.C
		case now := <-ticks:
			if w.turn(now) {
				ticker.Stop()
				ticks = nil
			}
		case <-ctx.Done():
			return
		}
	}
}

// turn has expire what is due, and reports whether the wheel is empty then.
func (w *wheel) turn(now time.Time) (empty bool) {
	for talks, due := range w.due(w.ticks(now)) {
		talks.expire(due)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count == 0
}

// due takes out what expires up to the tick, by bot.
func (w *wheel) due(until int64) map[*conversations][]*conversation {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[*conversations][]*conversation)
	for from := max(w.hand, until-wheelSlots) + 1; from <= until; from++ { // behind by more is once around
		for c := w.slots[from%wheelSlots]; c != nil; {
			next := c.spot.next
			if c.spot.tick <= until {
				w.unlink(c)
				all[c.talks] = append(all[c.talks], c)
			}
			c = next
		}
	}
	w.hand = max(w.hand, until)
	return all
}

func (w *wheel) ticks(at time.Time) int64 { return int64(at.Sub(w.start) / wheelTick) }
