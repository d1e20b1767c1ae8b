package hub

// Policy says how a room's log is kept.
type Policy struct {
	// Ephemeral rooms keep no log: their events are numbered by the layer, a hole
	// is told as room.gap, and what needs a log is refused.
	Ephemeral bool
	// Keep is what the log of another room keeps. The zero value keeps all.
	Keep Keep
}
