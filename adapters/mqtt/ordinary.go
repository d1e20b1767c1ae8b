package mqtt

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// topics are the ordinary ones: who has subscribed to them, and what they retain.
//
// Publishers deliver with the lock for reading; whoever changes something has it
// alone, a publisher that retains included: so a subscriber never ends with another
// message than the topic retains. Nothing that is done with the lock waits for a
// client.
type topics struct {
	mu       sync.RWMutex
	root     node
	retained int // messages
	subs     int
	swept    time.Time // when retained ones that had expired were last removed

	received, delivered atomic.Uint64
}

// publish delivers m to all who have subscribed, and retains it where it says so and
// room is. It reports whether anybody has, and whether it was not retained although
// it is to be.
func (t *topics) publish(m *message) (matched, unkept bool) {
	t.received.Add(1)
	if !m.retain {
		t.mu.RLock()
		defer t.mu.RUnlock()
		return t.deliver(m), false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	unkept = !t.keep(m)
	return t.deliver(m), unkept
}

// deliver hands m to each client with a subscription that matches, once, and to one
// of each group that shares one.
func (t *topics) deliver(m *message) bool {
	var few [8]*node
	found := few[:0]
	plain := 0
	t.root.match(m.topic, func(n *node) {
		if len(n.subs)+len(n.groups) == 0 {
			return
		}
		found = append(found, n)
		if len(n.subs) > 0 {
			plain++
		}
	})
	f := fan{message: m}
	var merged map[*session]*grant
	if plain > 1 {
		merged = make(map[*session]*grant)
	}
	for _, n := range found {
		for _, o := range n.subs {
			switch {
			case o.noLocal && o.session.client.ID == m.from:
			case merged == nil:
				f.give(o.session, o.grant(), nil)
			case merged[o.session] == nil:
				g := o.grant()
				merged[o.session] = &g
			default:
				merged[o.session].add(o)
			}
		}
		for _, g := range n.groups {
			if o := g.pick(); o != nil {
				f.give(o.session, o.grant(), g)
			}
		}
	}
	for s, g := range merged {
		f.give(s, *g, nil)
	}
	t.delivered.Add(uint64(f.given))
	return f.given > 0
}

// grant is how a client gets a message: at the highest QoS of its subscriptions that
// match, with all their identifiers (MQTT 5, 3.3.4).
type grant struct {
	qos         byte
	asPublished bool
	identifiers []byte
}

func (o *ordinary) grant() grant { return grant{o.qos, o.asPublished, o.identifier} }

func (g *grant) add(o *ordinary) {
	g.qos = max(g.qos, o.qos)
	g.asPublished = g.asPublished || o.asPublished
	g.identifiers = append(slices.Clip(g.identifiers), o.identifier...)
}

// fan is a message on its way to many. What is the same for all of them is encoded
// once.
type fan struct {
	*message
	given  int
	packet [2][]byte // at QoS 0: of 3.1.1, of 5
}

func (f *fan) give(s *session, g grant, shared *group) {
	f.given++
	c := copyOf{
		message: f.message, qos: min(f.qos, g.qos), retain: f.retain && g.asPublished && s.peer.v5,
		identifiers: g.identifiers, group: shared,
	}
	var packet []byte
	if c.qos == 0 && !c.retain && len(c.identifiers) == 0 && s.peer.maxPacket == 0 {
		packet = f.packetFor(s.peer.v5, &c)
	}
	s.queue.add(&c, packet)
}

func (f *fan) packetFor(v5 bool, c *copyOf) []byte {
	i := 0
	if v5 {
		i = 1
	}
	if f.packet[i] == nil {
		f.packet[i] = c.append(nil, &peer{v5: v5}, 0, time.Now())
	}
	return f.packet[i]
}

// pick returns whose turn it is. Those for whom something waits already are passed
// over, unless all are like that: then it is the one for whom least does.
func (g *group) pick() *ordinary {
	n := uint32(len(g.members))
	start := g.next.Add(1)
	var best *ordinary
	least := wayTooMuch
	for i := range n {
		o := g.members[(start+i)%n]
		switch load := o.session.queue.load(); {
		case load == 0:
			return o
		case load < least:
			best, least = o, load
		}
	}
	return best
}

// subscribe makes or renews a subscription, and has what its topics retain follow
// where the client wants it (MQTT 5, 3.8.4).
func (t *topics) subscribe(o, old *ordinary, handling byte) {
	share, filter := cutShare(o.filter)
	t.mu.Lock()
	defer t.mu.Unlock()
	o.enter(t.root.seek(filter, true), share)
	if old != nil {
		old.leave() // after the new one has come: a group without members is gone, with what waits for it
	} else {
		t.subs++
	}
	if share != "" || handling == 2 || handling == 1 && old != nil {
		return
	}
	now := time.Now()
	t.root.find(filter, func(m *message) {
		if !m.expired(now) && !(o.noLocal && m.from == o.session.client.ID) {
			o.session.queue.add(&copyOf{message: m, qos: min(m.qos, o.qos), retain: true, kept: true, identifiers: o.identifier}, nil)
		}
	})
}

// end ends subscriptions.
func (t *topics) end(subs ...*ordinary) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, o := range subs {
		o.leave()
	}
	t.subs -= len(subs)
}

// again gives copies that a client of a group did not get to another one. Where
// there is none they are lost, with the client's session.
func (t *topics) again(copies []copyOf) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for i := range copies {
		c := &copies[i]
		if c.group == nil {
			continue
		}
		if o := c.group.pick(); o != nil {
			f := fan{message: c.message}
			f.give(o.session, o.grant(), c.group)
		}
	}
}

// cutShare returns the name of the group and the filter of a shared subscription
// (MQTT 5, 4.8.2); of another one, no name.
func cutShare(filter string) (share, rest string) {
	if shared, ok := strings.CutPrefix(filter, sharePrefix); ok {
		share, rest, _ = strings.Cut(shared, "/")
		return share, rest
	}
	return "", filter
}
