package mqtt

import "hubbub/hub"

// subscription is one filter below rooms/ that a client has.
type subscription struct {
	filter     string
	tag        uint64 // of its mqtt.subscribe
	qos        byte   // granted
	noLocal    bool
	identifier []byte // the property, encoded; empty where there is none
}

// lane is how one topic of a room is delivered: once for each event, however many
// of the client's filters match it (MQTT 5, 3.3.4).
type lane struct {
	view view
	all  envelope
	own  *envelope // for what the client itself has published; nil where all say No Local
	deaf bool      // one says it
}

// lane returns how the view's topic of a room is delivered, and false where no
// filter matches it. It is called with the window's lock.
func (s *session) lane(room string, v view) (l lane, ok bool) {
	l.view = v
	l.all = envelope{v5: s.peer.v5, topic: v.topic(room)}
	own := l.all
	local := false
	for _, filter := range filtersOf(room, v) {
		sub := s.subs[filter]
		if sub == nil {
			continue
		}
		ok = true
		l.all.grant(sub)
		if !sub.noLocal {
			local = true
			own.grant(sub)
		}
		l.deaf = l.deaf || sub.noLocal
	}
	if local {
		l.own = &own
	}
	return l, ok
}

// grant adds a subscription: the highest QoS counts, and all identifiers.
func (v *envelope) grant(sub *subscription) {
	v.qos = max(v.qos, sub.qos)
	v.identifiers = append(v.identifiers, sub.identifier...)
}

// regrant brings the reader up to date with the client's subscriptions, and
// reports whether there is any for it. It is called with the window's lock.
func (s *session) regrant(r *reader) bool {
	var lanes []lane
	for v := range views {
		if v.isText() != r.at.text {
			continue
		}
		if l, ok := s.lane(r.at.room, v); ok {
			lanes = append(lanes, l)
		}
	}
	r.lanes = lanes
	return len(lanes) > 0
}

// regrantAll does so for the readers that a filter is about. It is called with the
// window's lock.
func (s *session) regrantAll(filter string) {
	if room, v, err := parseFilter(filter); err == nil && room != anyRoom {
		if r := s.readers[spot{room, v.isText()}]; r != nil && !s.regrant(r) {
			s.close(r)
		}
		return
	}
	for _, r := range s.readers {
		if !s.regrant(r) {
			s.close(r)
		}
	}
}

// openReader returns a new reader of a room, which is to go on after a seq, and the
// format that it reads; the reader that there was takes nothing more. shared says that
// it may be given packets that it shares with others: whoever asks opens it anew when
// [session.outgrown] says so. It may be called from any goroutine.
func (s *session) openReader(at spot, after int64, shared bool) (hub.Format, hub.Reader) {
	r := &reader{session: s, at: at, after: after}
	r.turn.come = func() { r.cursor.Wake() }
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := s.readers[at]; old != nil {
		s.close(old)
	}
	if r.closed = !s.regrant(r); !r.closed {
		s.readers[at] = r
	}
	if f := s.readyFormat(at); shared && f.fits(&s.peer, r.lanes) {
		r.ready = true
		return f, r
	}
	return formatOf(at), r
}

// outgrown returns what is read as packets that are shared, of which the client is
// to have others now.
func (s *session) outgrown() []spot {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []spot
	for at, r := range s.readers {
		if r.ready && !s.readyFormat(at).fits(&s.peer, r.lanes) {
			found = append(found, at)
		}
	}
	return found
}

// seen returns the seq of the last event that went to the reader of a room, and
// false where there is none.
func (s *session) seen(at spot) (int64, bool) {
	w := &s.window
	w.mu.Lock()
	r := s.readers[at]
	if r == nil {
		w.mu.Unlock()
		return 0, false
	}
	seq, cursor := r.after, r.cursor
	w.mu.Unlock()
	// The cursor knows of what is gone too, and of packets that are ready. It is locked
	// while it offers, the window's lock inside.
	if cursor != nil {
		seq = max(seq, cursor.Next()-1)
	}
	return seq, true
}

// Close implements [hub.Closer].
func (r *reader) Close() {
	w := &r.session.window
	w.mu.Lock()
	defer w.mu.Unlock()
	r.session.close(r)
}

// close has the reader take nothing more, and gives its turn to another. It is
// called with the window's lock.
func (s *session) close(r *reader) {
	if s.readers[r.at] == r {
		delete(s.readers, r.at)
	}
	r.closed, r.lanes = true, nil
	s.window.leave(&r.turn)
}
