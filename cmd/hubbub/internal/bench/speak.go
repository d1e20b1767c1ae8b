package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// run has the senders speak for the time of the load, and measures the later
// part of it.
func (t *traffic) run(ctx context.Context) error {
	if len(t.senders) == 0 {
		return errNoSenders
	}
	t.sending = true
	pace := newPace(t.load.Rate, len(t.senders))
	if t.load.Rate == 0 {
		share := max(t.load.Window/max(t.load.Senders, 1), 1)
		for i := range t.senders {
			for range share {
				t.say(i)
			}
		}
	}
	if err := t.speak(ctx, t.load.Warmup, "warming up", pace); err != nil {
		return err
	}
	before, start := t.bench.usage(ctx), time.Now()
	t.measuring = true
	if err := t.speak(ctx, t.load.Duration, "measuring", pace); err != nil {
		return err
	}
	t.measuring = false
	t.result.Measured = time.Since(start)
	after := t.bench.usage(ctx)
	t.result.CPU, t.result.Memory = after.CPU-before.CPU, after.Memory
	return nil
}

func (t *traffic) speak(ctx context.Context, d time.Duration, stage string, pace *pace) error {
	start := time.Now()
	shown, before := start, t.result.Deliveries+t.result.Acked
	for passed := time.Duration(0); passed < d; passed = time.Since(start) {
		wait := min(d-passed, 100*time.Millisecond)
		for n := pace.due(); n > 0; n-- {
			t.say(pace.next())
		}
		if err := t.loop.turn(ctx, min(wait, pace.wait())); err != nil {
			return err
		}
		if t.failed != nil {
			return t.failed
		}
		if since := time.Since(shown); since > 200*time.Millisecond {
			n := t.result.Deliveries + t.result.Acked
			note := ""
			if t.measuring {
				note = fmt.Sprintf("%.0f a second", float64(n-before)/since.Seconds())
			}
			t.bench.show(stage, float64(passed)/float64(d), note)
			shown, before = time.Now(), n
		}
	}
	return nil
}

// say has sender number i send its next message.
func (t *traffic) say(i int) {
	s := &t.senders[i]
	p, at := s.peer, now()
	t.text = appendText(t.text[:0], i, at, t.load.Size)
	var ref [40]byte
	var name []byte
	if t.load.Refs {
		name = strconv.AppendInt(append(strconv.AppendInt(ref[:0], at, 36), '.'), int64(i), 36)
	}
	p.write(func(dst []byte) []byte { return p.wire.publish(dst, s.room, name, t.text) })
	switch {
	case !t.load.outside():
		t.under++
	case t.load.acknowledged():
		t.under++
		p.unacked = append(p.unacked, at)
	}
	if t.measuring {
		t.result.Sent++
	}
}

// pace says when messages are due that are sent at a rate.
type pace struct {
	rate    float64
	senders int
	start   time.Time
	sent    int
}

func newPace(rate float64, senders int) *pace {
	return &pace{rate: rate, senders: senders, start: time.Now()}
}

// due returns how many messages are.
func (p *pace) due() int {
	if p.rate == 0 {
		return 0
	}
	return int(time.Since(p.start).Seconds()*p.rate) - p.sent
}

// next returns the sender of the next message: each in turn.
func (p *pace) next() int {
	p.sent++
	return (p.sent - 1) % p.senders
}

// wait returns how long it is until a message is due.
func (p *pace) wait() time.Duration {
	if p.rate == 0 {
		return time.Second
	}
	at := p.start.Add(time.Duration(float64(p.sent+1) / p.rate * float64(time.Second)))
	return max(time.Until(at), time.Millisecond)
}
