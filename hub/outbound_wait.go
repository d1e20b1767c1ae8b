package hub

import "sync"

// waiting is who waits for an [Outbound] that has much on its way. Most never have,
// and there are many, so that it is made when it is needed. It is guarded by the
// Outbound's lock.
type waiting struct {
	drained *sync.Cond // less is on its way, or it ended
	cursors []*Cursor  // refused, to be woken; there are some only while the goroutine runs
	spares  []func()   // to be told that little is on its way
}

// waits returns who waits, to be added to.
func (o *Outbound) waits() *waiting {
	if o.waiting == nil {
		o.waiting = &waiting{drained: sync.NewCond(&o.mu)}
	}
	return o.waiting
}

func (o *Outbound) wait() { o.waits().drained.Wait() }

func (o *Outbound) broadcast() {
	if o.waiting != nil {
		o.waiting.drained.Broadcast()
	}
}

// takeWaiting returns the cursors and others for which there is room again.
func (o *Outbound) takeWaiting() (cursors []*Cursor, spares []func()) {
	w := o.waiting
	if w == nil {
		return nil, nil
	}
	cursors, spares = w.cursors, w.spares
	w.cursors, w.spares = nil, nil
	return cursors, spares
}
