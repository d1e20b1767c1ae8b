package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// stormTime is how long all may take to come back.
const stormTime = 2 * time.Minute

// Storm throws many connections off at once, and has them come back at once and
// go on where they were, while one member of each room stays and speaks. It
// tells how long that took, whether anybody missed or got anything twice, and how
// late what was said meanwhile was delivered, to those who stayed and to those who
// were back. Over WebSocket one is back when it has what it missed, which is in the
// answer and not among what was delivered; over MQTT that follows, and how long it
// takes then is told for itself.
func (b *Bench) Storm(ctx context.Context, load Load) (*Result, error) {
	load = load.withDefaults()
	load.Senders, load.Publish = 1, load.Read
	load.Members = load.Connections/max(load.Rooms, 1) + 1 // the one who stays
	t, err := b.newTraffic("storm", load)
	if err != nil {
		return nil, err
	}
	defer t.loop.close()
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	t.sending = true
	pace := newPace(t.load.Rate, len(t.senders))
	if err := t.speak(ctx, t.load.Warmup, "warming up", pace); err != nil {
		return nil, err
	}
	before := b.usage(ctx)
	t.measuring = true
	start := time.Now()
	if err := t.throw(ctx, pace); err != nil {
		return nil, err
	}
	if err := t.comeBack(ctx, start, pace); err != nil {
		return nil, err
	}
	if err := t.drain(ctx); err != nil { // what was said meanwhile and comes only now is late, not left out
		return nil, err
	}
	t.result.Measured = time.Since(start)
	after := b.usage(ctx)
	t.result.CPU, t.result.Memory = after.CPU-before.CPU, after.Memory
	return t.sum(), nil
}

// throw throws off all who do not speak, and has them go on where they were. Who stays
// is heard meanwhile.
func (t *traffic) throw(ctx context.Context, pace *pace) error {
	for _, p := range t.peers {
		s := &p.seats[0]
		if s.sender >= 0 {
			continue
		}
		t.loop.throw(p)
		t.ramp.waiting = append(t.ramp.waiting, p)
		p.again, p.awaits = true, 1
		if len(t.ramp.waiting)%atATime != 0 {
			continue
		}
		if err := t.listen(ctx, pace, 0); err != nil {
			return err
		}
	}
	t.ramp.up = 0
	return nil
}

// listen says what is due, and hears what has come.
func (t *traffic) listen(ctx context.Context, pace *pace, wait time.Duration) error {
	for n := pace.due(); n > 0; n-- {
		t.say(pace.next())
	}
	if err := t.loop.turn(ctx, min(pace.wait(), wait)); err != nil {
		return err
	}
	return t.failed
}

// comeBack opens again all that were thrown off.
func (t *traffic) comeBack(ctx context.Context, start time.Time, pace *pace) error {
	total := len(t.ramp.waiting)
	for !t.ramp.over() {
		if err := t.ramp.more(); err != nil {
			return err
		}
		if err := t.listen(ctx, pace, t.ramp.wait(20*time.Millisecond)); err != nil {
			return err
		}
		t.bench.show("coming back", float64(t.ramp.up)/float64(total), fmt.Sprintf("%d of %d", t.ramp.up, total))
		if time.Since(start) > stormTime {
			return fmt.Errorf("of %d connections %d came back in %v", total, t.ramp.up, stormTime)
		}
	}
	t.result.Rejoined = time.Since(start)
	return nil
}

// resume has the peer's next hello say who it is, and up to where it has heard.
func (p *peer) resume() {
	if w, ok := p.wire.(*mqttWire); ok {
		w.resume(p.seats[0].last, p.epoch)
		return
	}
	w, ok := p.wire.(*webSocket)
	if !ok {
		return
	}
	query := "&since=" + strconv.FormatInt(max(p.seats[0].last, 0), 10)
	if p.epoch != "" {
		query += "&epoch=" + p.epoch
	}
	if p.guest != "" {
		query += "&guest=" + p.guest
	}
	w.resume = query
}
