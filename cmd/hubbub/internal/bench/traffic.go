package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// traffic is rooms in which some speak and all listen, or senders that are in no
// room.
type traffic struct {
	load  Load
	bench *Bench
	loop  *loop
	ramp  ramp

	peers   []*peer
	rooms   []span
	senders []sender
	failed  error

	sending   bool
	measuring bool
	under     int64 // messages that are under way: neither heard by their sender nor acknowledged
	heardAny  bool  // since it was last looked
	text      []byte

	result   Result
	delivery histogram
	onceBack histogram // of what was said while its reader was away, from when that was back
	ack      histogram
}

// span is what was heard of a room by anybody.
type span struct{ first, last int64 }

// sender sends its messages to one room.
type sender struct {
	peer *peer
	room int
}

// Traffic has members of rooms speak and listen, as load says.
func (b *Bench) Traffic(ctx context.Context, kind string, load Load) (*Result, error) {
	t, err := b.newTraffic(kind, load)
	if err != nil {
		return nil, err
	}
	defer t.loop.close()
	for _, stage := range []func(context.Context) error{t.open, t.run, t.drain} {
		if err := stage(ctx); err != nil {
			return nil, err
		}
	}
	return t.sum(), nil
}

func (b *Bench) newTraffic(kind string, load Load) (*traffic, error) {
	if err := load.Check(); err != nil {
		return nil, err
	}
	load = load.withDefaults()
	t := &traffic{load: load, bench: b, rooms: make([]span, load.Rooms)}
	t.result = Result{Kind: kind, Target: b.Target.Name, Load: load}
	var err error
	t.loop, err = newLoop(t)
	return t, err
}

// open opens all connections, and has all join that are to.
func (t *traffic) open(ctx context.Context) error {
	read, err := t.bench.Target.address(t.load.Read)
	if err != nil {
		return err
	}
	publish, err := t.bench.Target.address(t.load.Publish)
	if err != nil {
		return err
	}
	t.addMembers()
	members := len(t.peers)
	t.addSenders()
	t.result.Connections = len(t.peers)
	before := t.bench.usage(ctx)
	t.result.MemoryBefore = before.Memory
	t.ramp = ramp{loop: t.loop, opening: t.load.Opening, waiting: t.peers, address: func(p *peer) netip.AddrPort {
		if p.number < members {
			return read
		}
		return publish
	}}
	t.result.Opened, err = t.ramp.open(ctx, t.failure, func(done, total int) {
		t.bench.show("opening", float64(done)/float64(total), fmt.Sprintf("%d of %d connections", done, total))
	})
	t.result.OpeningCPU = max(0, t.bench.usage(ctx).CPU-before.CPU)
	return err
}

func (t *traffic) failure() error { return t.failed }

// addMembers makes the connections that join rooms: connection c those from
// c*Joins on, so that each room has as many.
func (t *traffic) addMembers() {
	joins := t.load.Joins
	for c := range t.load.Rooms * t.load.Members / joins {
		p := t.newPeer(t.load.Read)
		p.join = c * joins % t.load.Rooms
		for j := range joins {
			p.seats = append(p.seats, seat{room: (p.join + j) % t.load.Rooms, sender: -1, last: -1})
		}
	}
	if t.load.outside() {
		return
	}
	speakers := make([]int, t.load.Rooms)
	for _, p := range t.peers {
		for i := range p.seats {
			if s := &p.seats[i]; speakers[s.room] < t.load.Senders {
				speakers[s.room]++
				s.sender = len(t.senders)
				t.senders = append(t.senders, sender{p, s.room})
			}
		}
	}
}

// addSenders makes those that are in no room.
func (t *traffic) addSenders() {
	if !t.load.outside() {
		return
	}
	for room := range t.load.Rooms {
		for range t.load.Senders {
			p := t.newPeer(t.load.Publish)
			p.join = -1
			t.senders = append(t.senders, sender{p, room})
		}
	}
}

func (t *traffic) newPeer(proto Protocol) *peer {
	comesBack := t.load.Connections > 0 && t.load.Senders > 0
	p := &peer{number: len(t.peers), wire: newWire(proto, &t.load, t.bench.Target.Host, len(t.peers), comesBack)}
	t.peers = append(t.peers, p)
	return p
}

func newWire(proto Protocol, load *Load, host string, number int, comesBack bool) wire {
	name := fmt.Sprintf("bench%d", number)
	if proto == MQTT {
		return &mqttWire{load: load, name: name, v5: comesBack}
	}
	return &webSocket{load: load, host: host, name: name}
}

// gone implements client.
func (t *traffic) gone(p *peer, err error) {
	if p.again && p.awaits > 0 { // a storm: whoever does not get in tries again
		t.result.Retried++
		t.ramp.under--
		t.ramp.waiting = append(t.ramp.waiting, p)
		return
	}
	if t.failed == nil {
		t.failed = fmt.Errorf("a connection ended: %w", err)
	}
}

// drain waits until all that was sent has come, or nothing comes any more.
func (t *traffic) drain(ctx context.Context) error {
	t.sending = false
	for last := time.Now(); time.Since(last) < 2*time.Second; {
		t.heardAny = false
		if err := t.loop.turn(ctx, 20*time.Millisecond); err != nil {
			return err
		}
		if t.failed != nil {
			return t.failed
		}
		if t.heardAny {
			last = time.Now()
		}
		if t.under <= 0 && t.caughtUp() {
			break
		}
		t.bench.show("waiting for the rest", 1, "")
	}
	return nil
}

// caughtUp reports whether every seat has heard what any of its room has.
func (t *traffic) caughtUp() bool {
	for _, p := range t.peers {
		for i := range p.seats {
			s := &p.seats[i]
			if s.last < t.rooms[s.room].last || len(s.missing) > 0 {
				return false
			}
		}
	}
	return true
}

func (t *traffic) sum() *Result {
	r := &t.result
	for _, p := range t.peers {
		for i := range p.seats {
			s := &p.seats[i]
			if room := t.rooms[s.room]; room.first > 0 {
				r.Lost += s.missed(room.first, room.last)
			}
		}
	}
	r.Unanswered = max(t.under, 0)
	r.Delivery, r.OnceBack, r.Ack = t.delivery.times(), t.onceBack.times(), t.ack.times()
	return r
}

var errNoSenders = errors.New("nobody speaks: give some senders")
