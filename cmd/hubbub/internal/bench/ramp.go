package bench

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// quiet is how long nothing may happen before what is waited for is given up.
const quiet = 20 * time.Second

// ramp opens peers, some at a time.
type ramp struct {
	loop    *loop
	opening int // at once
	address func(*peer) netip.AddrPort
	waiting []*peer
	under   int // way
	up      int
}

// atATime is how many connections are begun, or thrown off, before the loop has its
// turn: so they are not kept from saying what they connect for, and nobody else is.
const atATime = 64

// more begins to open some, as far as they may be under way.
func (r *ramp) more() error {
	for n := 0; n < atATime && r.able(); n++ {
		p := r.waiting[0]
		r.waiting = r.waiting[1:]
		r.under++
		if p.again {
			p.resume()
		}
		if err := r.loop.dial(p, r.address(p)); err != nil {
			return err
		}
	}
	return nil
}

// able reports whether more may be opened now.
func (r *ramp) able() bool { return len(r.waiting) > 0 && r.under < r.opening }

// wait returns how long the loop may wait for something to come, at most so long.
func (r *ramp) wait(most time.Duration) time.Duration {
	if r.able() {
		return 0
	}
	return most
}

// done takes down that one that was under way is up.
func (r *ramp) done() {
	r.under--
	r.up++
}

func (r *ramp) over() bool { return r.under == 0 && len(r.waiting) == 0 }

// open opens all that wait and returns how long it took. failed is asked for what
// makes it pointless.
func (r *ramp) open(ctx context.Context, failed func() error, show func(done, total int)) (time.Duration, error) {
	total, start := r.up+r.under+len(r.waiting), time.Now()
	for last, since := r.up, time.Now(); !r.over(); {
		if err := r.more(); err != nil {
			return 0, err
		}
		if err := r.loop.turn(ctx, r.wait(50*time.Millisecond)); err != nil {
			return 0, err
		}
		if err := failed(); err != nil {
			return 0, err
		}
		show(r.up, total)
		if r.up > last {
			last, since = r.up, time.Now()
		}
		if time.Since(since) > quiet {
			return 0, fmt.Errorf("of %d connections %d are up, and for %v no more came", total, r.up, quiet)
		}
	}
	return time.Since(start), nil
}
