package hub

// Stats says where a hub stands, and what it has done since it was made.
type Stats struct {
	Rooms       int // in memory
	Frames      int // bytes that the rooms' newest frames take
	FramesLimit int // that they may take: [Options.Frames]

	// Events counts those that this hub published to rooms, by type. One that
	// repeats an earlier one is not counted anew.
	Events map[string]uint64
	// Refused counts what was to be published and was not, by the error's code.
	Refused map[Code]uint64
	// Delivered counts what readers took, by the format's name.
	Delivered map[string]Delivered

	// Waiting are the readers that refused what a room has for them, and have not
	// asked for more yet. Catching are those that fell out of memory and go on from
	// the log.
	Waiting, Catching int
	// Lag is how many bytes of frames all of them are behind, together and at
	// worst. What a reader had missed when it joined is not in it.
	Lag, WorstLag int64
}

// Delivered counts what readers of one format took.
type Delivered struct {
	Events, Bytes uint64
}

// NamedFormat is a [Format] with a name, under which [Stats] count what is
// delivered in it. The others are "other".
type NamedFormat interface {
	Format
	Name() string
}

// Stats returns how the hub does. It looks at the readers that are behind, and at
// no others.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	rooms := len(h.rooms)
	h.mu.Unlock()
	s := Stats{
		Rooms: rooms, Frames: h.budget.inUse(), FramesLimit: h.budget.limit,
		Events: h.events.all(), Refused: h.refusals.all(), Delivered: make(map[string]Delivered),
	}
	for _, shard := range h.shards {
		shard.deliveries.addTo(s.Delivered)
		for _, c := range shard.behind.list() {
			bytes, away := c.lag()
			if away {
				s.Catching++
			} else {
				s.Waiting++
			}
			s.Lag += bytes
			s.WorstLag = max(s.WorstLag, bytes)
		}
	}
	return s
}
