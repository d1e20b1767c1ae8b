package redis

import "context"

// What could not be done because the server was away is owed, and done when the
// channels are renewed.

// owe notes a taking that is to be given back.
func (h *held) owe(t *taking) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.takings = append(h.takings, t)
}

// oweRelease notes a channel whose last owner here is gone.
func (h *held) oweRelease(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.releases = append(h.releases, name)
}

// owed returns what is owed, and forgets it.
func (h *held) owed() (takings []*taking, releases []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	takings, releases = h.takings, h.releases
	h.takings, h.releases = nil, nil
	return takings, releases
}

// settleOwed does what is owed, and reports whether the server could be reached.
func (l *Layer) settleOwed(ctx context.Context) bool {
	fine := true
	takings, releases := l.held.owed()
	for _, t := range takings {
		if !fine || !l.giveBack(ctx, t) {
			l.held.owe(t)
			fine = false
		}
	}
	for _, name := range releases {
		if !fine || !l.releaseAgain(ctx, name) {
			l.held.oweRelease(name)
			fine = false
		}
	}
	return fine
}

func (l *Layer) releaseAgain(ctx context.Context, name string) bool {
	c := l.held.use(name)
	defer l.held.leave(c)
	return l.release(ctx, c)
}
