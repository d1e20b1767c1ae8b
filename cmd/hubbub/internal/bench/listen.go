package bench

import (
	"bytes"
	"fmt"
)

// heard implements client.
func (t *traffic) heard(p *peer, m packet, at int64) {
	t.heardAny = t.heardAny || m.kind == delivered || m.kind == acked
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
		t.joined(p, m.body, at)
	case greeted:
		if guest, _ := text(m.body, fieldGuest); guest != nil {
			p.guest = string(guest)
		}
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
func (t *traffic) joined(p *peer, body []byte, at int64) {
	name, _ := text(body, fieldRoom)
	if s := p.seat(roomNumber(name), t.load.Rooms); s != nil && name != nil {
		t.stand(p, s, body)
	}
	if p.awaits--; p.awaits == 0 {
		p.back = at
		t.ramp.done()
	}
}

// stand takes down where a room stands: that of a peer that comes back from what
// it missed, which is in the answer.
func (t *traffic) stand(p *peer, s *seat, body []byte) {
	head, ok := integer(body, fieldHead)
	if !ok {
		return
	}
	epoch, _ := text(body, fieldEpoch)
	missed := bytes.Contains(body, fieldEvents)
	if p.epoch = string(epoch); !p.again || !missed { // the limit keeps nothing that could be missed
		s.last = head
		return
	}
	if !bytes.Contains(body, fieldRecovered) {
		t.result.Reloads++
		s.last = head
		return
	}
	for rest := body; ; {
		var found bool
		if _, rest, found = bytes.Cut(rest, fieldSeq); !found {
			return
		}
		if seq, ok := number(rest); ok {
			t.take(s, seq)
		}
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
	if !t.take(s, e.seq) {
		return
	}
	if t.measuring {
		t.result.Deliveries++
		switch {
		case e.sender < 0:
		case e.sent < p.back: // it was away: how late that came says how long, and nothing of the hub
			t.onceBack.add(at - p.back)
		default:
			t.delivery.add(at - e.sent)
		}
	}
	if e.sender >= 0 && e.sender == s.sender {
		t.answered(s.sender)
	}
}

// take takes down that the seat was told the event of seq, and reports whether
// it is news.
func (t *traffic) take(s *seat, seq int64) bool {
	room := &t.rooms[s.room]
	if room.first == 0 || seq < room.first {
		room.first = seq
	}
	room.last = max(room.last, seq)
	switch s.hear(seq) {
	case repeated:
		t.result.Repeated++
		return false
	case late:
		t.result.Late++
	case inOrder:
	}
	return true
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
