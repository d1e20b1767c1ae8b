package hub

// What tests look at from outside.

// InMemory returns how many rooms are in memory, and how many bytes of frames.
func (h *Hub) InMemory() (rooms, frames int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.budget.mu.Lock()
	defer h.budget.mu.Unlock()
	return len(h.rooms), h.budget.used
}

// Held returns how many rooms in memory have users.
func (h *Hub) Held() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.idle.held
}

// InMemory returns how many rooms someone listens to or is present in.
func (l *MemoryLayer) InMemory() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.rooms)
	if l.rooms[usersKey] != nil {
		n--
	}
	return n
}

// Miss notes an event that no room in memory was told of, and that nobody has caught yet.
func (h *Hub) Miss(room string, seq int64) {
	h.follows.mu.Lock()
	defer h.follows.mu.Unlock()
	h.follows.events = append(h.follows.events, missedEvent{room, seq})
}
