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

// TrimRoom trims one room's log, now.
func (h *Hub) TrimRoom(name string, keep Keep) error {
	info, err := h.store.OpenRoom(h.ctx, name, false)
	if err != nil {
		return err
	}
	return h.trim(info, keep)
}
