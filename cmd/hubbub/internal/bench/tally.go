package bench

// maxMissing bounds what is remembered of the holes that one reader saw; what is
// beyond is lost at once.
const maxMissing = 100_000

// seat is one connection's place in one room: how far it has heard it.
type seat struct {
	room   int
	sender int   // whose messages it sends, -1 for one that only listens
	first  int64 // seq of the first event it heard
	last   int64 // highest seq heard; -1 before the first, where it is not known where the room stood

	missing map[int64]struct{} // skipped so far
	lost    int64              // beyond what missing holds
}

// verdict of one event.
type verdict int

const (
	inOrder  verdict = iota // the next one, or one after a hole
	repeated                // heard before
	late                    // one that was missing: out of order
)

// hear takes down that the event of seq came.
func (s *seat) hear(seq int64) verdict {
	switch {
	case s.last < 0:
		s.first, s.last = seq, seq
	case seq > s.last:
		s.miss(s.last+1, seq)
		s.last = seq
	default:
		if _, ok := s.missing[seq]; !ok {
			return repeated
		}
		delete(s.missing, seq)
		return late
	}
	return inOrder
}

// miss takes down that the events from seq from to below to have not come.
func (s *seat) miss(from, to int64) {
	for seq := from; seq < to; seq++ {
		if len(s.missing) >= maxMissing {
			s.lost += to - seq
			return
		}
		if s.missing == nil {
			s.missing = make(map[int64]struct{})
		}
		s.missing[seq] = struct{}{}
	}
}

// skip takes down that the hub told of a hole, and returns how many events it
// told of that the seat would have missed.
func (s *seat) skip(after, next int64) int64 {
	if s.last < 0 || next-1 <= s.last {
		return 0
	}
	told := next - 1 - max(after, s.last)
	s.miss(s.last+1, after+1)
	s.last = next - 1
	return told
}

// missed returns how many of the room's events, which begin and end at those
// seqs, the seat has not heard.
func (s *seat) missed(first, last int64) int64 {
	if s.last < 0 {
		return last - first + 1
	}
	n := s.lost + int64(len(s.missing)) + max(0, last-s.last)
	if s.first > 0 { // where the room stood was not known
		n += max(0, s.first-first)
	}
	return n
}
