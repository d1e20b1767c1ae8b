package hub

import "bytes"

// EventFormat is a [Format] from whose frames the events can be read again: so those
// who join are told what they missed from memory.
type EventFormat interface {
	Format
	// EventJSON returns the event's JSON, which is a part of the frame that Append
	// made of it.
	EventJSON(frame []byte) []byte
}

// remembered returns the events from seq first to last as a page of the log that was
// read from the store when last was the newest; nil where the frames in memory do not
// hold all of them, where they are too many for a page, where one changes another,
// which the log holds as it stands then, or where another hub may have changed or
// trimmed the log and not been heard yet.
func (r *room) remembered(first, last int64) []*Entry {
	if !r.hub.alone {
		return nil
	}
	spans, format := r.framesWith(first)
	var page []*Entry
	size, ids := 0, make(map[string]struct{})
	for i := range spans {
		s := &spans[i]
		for at := max(first-s.first, 0); at < int64(len(s.ends)) && s.first+at <= last; at++ {
			e, err := ParseEntry(format.EventJSON(s.frame(int(at))))
			if err != nil || e.Event.Seq != first+int64(len(page)) {
				return nil
			}
			_, changes := ids[e.Event.Target]
			if size += len(e.JSON); changes || size > MaxPageBytes {
				return nil
			}
			ids[e.Event.ID] = struct{}{}
			page = append(page, e)
		}
	}
	if int64(len(page)) != last-first+1 {
		return nil
	}
	return page
}

// framesWith returns frames in memory that begin with that of seq, or before it.
func (r *room) framesWith(seq int64) ([]span, EventFormat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.logs {
		format, ok := l.format.(EventFormat)
		if !ok {
			continue
		}
		if spans := l.snapshot(nil, seq); len(spans) > 0 && spans[0].first <= seq {
			return spans, format
		}
	}
	return nil, nil
}

// frame returns that of number at.
func (s *span) frame(at int) []byte {
	start := 0
	if at > 0 {
		start = int(s.ends[at-1])
	}
	return s.buf[start:s.ends[at]:s.ends[at]]
}

// EventJSON implements [EventFormat].
func (jsonLines) EventJSON(frame []byte) []byte { return bytes.TrimSuffix(frame, []byte{'\n'}) }
