package bench

import (
	"context"
	"time"
)

// Idle opens many connections that join rooms and say nothing, and looks after
// the time of the load what they cost.
func (b *Bench) Idle(ctx context.Context, load Load) (*Result, error) {
	load.Senders = 0
	load.Members = load.Connections / max(load.Rooms, 1)
	t, err := b.newTraffic("idle", load)
	if err != nil {
		return nil, err
	}
	defer t.loop.close()
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	before, start := b.usage(ctx), time.Now()
	for passed := time.Duration(0); passed < t.load.Duration; passed = time.Since(start) {
		if err := t.loop.turn(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
		if t.failed != nil {
			return nil, t.failed
		}
		b.show("waiting", float64(passed)/float64(t.load.Duration), "")
	}
	after := b.usage(ctx)
	t.result.Measured, t.result.CPU, t.result.Memory = time.Since(start), after.CPU-before.CPU, after.Memory
	return t.sum(), nil
}
