package bench

import "fmt"

// heard implements client.
func (t *traffic) heard(p *peer, m packet, at int64) {
	t.heardAny = true
	switch m.kind {
	case delivered:
		t.delivered(p, m.body, at)
	case acked:
		t.acked(p, at)
	case skipped:
		t.skipped(p, m.body)
	case opened:
		t.opened(p)
	case joined:
		t.joined(p, m.body)
	case complained, over:
		if t.failed == nil {
			t.failed = fmt.Errorf("the hub refuses: %s", m.body)
		}
	case nothing:
	}
}

// opened has p join what its hello has not.
func (t *traffic) opened(p *peer) {
	if p.awaits = len(p.seats); p.awaits == 0 {
		t.ramp.done()
		return
	}
	already := 0
	if _, ok := p.wire.(*webSocket); ok {
		already = 1
	}
	for _, s := range p.seats[already:] {
		p.write(func(dst []byte) []byte { return p.wire.join(dst, s.room) })
	}
}

// joined takes down where the room stands, where the answer says so.
func (t *traffic) joined(p *peer, body []byte) {
	name, _ := text(body, fieldRoom)
	if s := p.seat(roomNumber(name), t.load.Rooms); s != nil && name != nil {
		if head, ok := integer(body, fieldHead); ok {
			s.last = head
		}
	}
	if p.awaits--; p.awaits == 0 {
		t.ramp.done()
	}
}

// seat returns the peer's place in a room, nil where it has none.
func (p *peer) seat(room, rooms int) *seat {
	if len(p.seats) == 0 || room < 0 {
		return nil
	}
	i := 0
	if len(p.seats) > 1 {
		i = (room - p.seats[0].room + rooms) % rooms
	}
	if i >= len(p.seats) || p.seats[i].room != room {
		return nil
	}
	return &p.seats[i]
}

func (t *traffic) delivered(p *peer, body []byte, at int64) {
	e, ok := scanEvent(body)
	if !ok {
		return
	}
	s := p.seat(e.room, t.load.Rooms)
	if s == nil {
		return
	}
	room := &t.rooms[s.room]
	if room.first == 0 || e.seq < room.first {
		room.first = e.seq
	}
	room.last = max(room.last, e.seq)
	switch s.hear(e.seq) {
	case repeated:
		t.result.Repeated++
		return
	case late:
		t.result.Late++
	case inOrder:
	}
	if t.measuring {
		t.result.Deliveries++
		if e.sender >= 0 {
			t.delivery.add(at - e.sent)
		}
	}
	if e.sender >= 0 && e.sender == s.sender {
		t.answered(s.sender)
	}
}

// answered takes down that a message of the sender came back.
func (t *traffic) answered(sender int) {
	t.under--
	if t.sending && t.load.Rate == 0 {
		t.say(sender)
	}
}

// acked takes down that the oldest message of p that was not is acknowledged:
// those of one sender are in the order in which it sent them.
func (t *traffic) acked(p *peer, at int64) {
	if t.measuring {
		t.result.Acked++
	}
	if len(p.unacked) == 0 {
		return // of a member, who waits for the message itself
	}
	if t.measuring {
		t.ack.add(at - p.unacked[0])
	}
	p.unacked = append(p.unacked[:0], p.unacked[1:]...)
	t.answered(t.senderOf(p))
}

// senderOf returns the number of the sender that p, which is in no room, is.
func (t *traffic) senderOf(p *peer) int { return p.number - (len(t.peers) - len(t.senders)) }

func (t *traffic) skipped(p *peer, body []byte) {
	name, _ := text(body, fieldRoom)
	s := p.seat(roomNumber(name), t.load.Rooms)
	after, ok1 := integer(body, fieldAfter)
	next, ok2 := integer(body, fieldNext)
	if s != nil && ok1 && ok2 {
		t.result.Told += s.skip(after, next)
	}
}
