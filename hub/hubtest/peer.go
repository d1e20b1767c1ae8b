package hubtest

import (
	"context"
	"slices"
	"time"

	"hubbub/hub"
)

// Scope returns the scope.
func (c *Conn) Scope() *hub.Scope { return c.scope }

// Send hands e to the consumer, which must handle it without error, and returns
// when it has.
func (c *Conn) Send(e hub.Event) {
	c.t.Helper()
	if err := c.Try(e); err != nil {
		c.t.Fatalf("hubtest: %s: the consumer was handed %s, and answered: %v%s", c, describe(&e), err, c.said())
	}
}

// Try is [Conn.Send] for what may fail: it returns the consumer's error, and
// [hub.ErrEnded] when the scope has ended. It may be called from any goroutine.
func (c *Conn) Try(e hub.Event) error {
	c.t.Helper()
	timer := time.NewTimer(c.Patience)
	defer timer.Stop()
	select {
	case err := <-c.start(e):
		return err
	case <-timer.C:
		c.t.Errorf("hubtest: %s: %s is not handled after %v: Handle has not returned%s", c, describe(&e), c.Patience, c.said())
		return context.DeadlineExceeded
	}
}

// start has the consumer handle e, when it has handled those before.
func (c *Conn) start(e hub.Event) <-chan error {
	todo := task{e, make(chan error, 1)}
	if isClosed(c.over) {
		todo.result <- hub.ErrEnded
		return todo.result
	}
	c.mu.Lock()
	c.note("→", &e)
	c.mu.Unlock()
	go func() {
		select {
		case c.tasks <- todo:
		case <-c.over:
			todo.result <- hub.ErrEnded
		}
	}()
	return todo.result
}

// Receive returns the next event that the consumer sends.
func (c *Conn) Receive() hub.Event {
	c.t.Helper()
	return c.await("an event", func(*hub.Event) bool { return true })
}

// Await returns the next event of that type. Those of other types stay, to be
// received later.
func (c *Conn) Await(typ string) hub.Event {
	c.t.Helper()
	return c.await(typ, func(e *hub.Event) bool { return e.Type == typ })
}

func (c *Conn) await(what string, fits func(*hub.Event) bool) hub.Event {
	c.t.Helper()
	timer := time.NewTimer(c.Patience)
	defer timer.Stop()
	for {
		e, ok, ended, changed := c.take(fits)
		switch {
		case ok:
			return e
		case ended:
			c.t.Fatalf("hubtest: %s ended while %s was awaited%s", c, what, c.said())
			return hub.Event{}
		}
		select {
		case <-changed:
		case <-timer.C:
			c.t.Fatalf("hubtest: %s: %s was awaited, and did not come for %v%s", c, what, c.Patience, c.said())
			return hub.Event{}
		}
	}
}

// take takes the first event that fits, or returns what to wait for.
func (c *Conn) take(fits func(*hub.Event) bool) (e hub.Event, ok, ended bool, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.queue {
		if fits(&c.queue[i]) {
			e = c.queue[i]
			c.queue = slices.Delete(c.queue, i, i+1)
			return e, true, c.ended, c.changed
		}
	}
	return e, false, c.ended, c.changed
}

// ReceiveNothing says that nothing waits to be received, and nothing is about to
// be. In a synctest bubble it waits, without time passing, until all goroutines
// do, and so is sure. Elsewhere what a consumer sends in Handle has come already,
// since [Conn.Send] waits for it; for others' goroutines it waits 20 ms, and may
// miss what takes longer.
func (c *Conn) ReceiveNothing() {
	c.t.Helper()
	settle()
	c.mu.Lock()
	came := slices.Clone(c.queue)
	c.mu.Unlock()
	if len(came) > 0 {
		c.t.Fatalf("hubtest: %s: nothing was awaited, and %s came%s", c, describe(&came[0]), c.said())
	}
}

// Wait waits until the consumer has ended the scope, in the way of its protocol or
// by [hub.Finish], and was closed, and returns the cause that it gave.
func (c *Conn) Wait() error {
	c.t.Helper()
	if !c.within(c.over) {
		c.t.Fatalf("hubtest: %s: the consumer was to end it, and has not for %v%s", c, c.Patience, c.said())
	}
	c.finish()
	return c.cause
}

// Close ends the scope as a peer does who leaves as it should, and waits until
// the consumer is closed. More calls wait only.
func (c *Conn) Close() {
	c.t.Helper()
	c.Break(nil)
}

// Break is [Conn.Close] with a cause, such as a connection that broke has.
func (c *Conn) Break(cause error) {
	c.t.Helper()
	c.end(cause)
	c.cancel()
	c.finish()
}

// finish waits for the consumer's Close.
func (c *Conn) finish() {
	c.t.Helper()
	if !c.within(c.done) {
		c.t.Errorf("hubtest: %s ended, and %v later its consumer has not: Handle or Close has not returned%s", c, c.Patience, c.said())
		return
	}
	if what := changed(c.before, c.scope); what != "" {
		c.t.Errorf("hubtest: %s: its %s was changed; who adds to a scope makes a copy, with Scope.With", c, what)
	}
}

func (c *Conn) within(happens <-chan struct{}) bool {
	timer := time.NewTimer(c.Patience)
	defer timer.Stop()
	select {
	case <-happens:
		return true
	case <-timer.C:
		return isClosed(happens)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
