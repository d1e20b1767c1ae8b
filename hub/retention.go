package hub

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// trimLogs takes out of the logs, every now and then, what their policies do not
// keep, until the hub ends.
func (h *Hub) trimLogs() {
	tick := time.NewTicker(h.opts.Trim)
	defer tick.Stop()
	for {
		if err := h.trimAll(); err != nil && !errors.Is(err, context.Canceled) {
			h.log.Error("logs were not trimmed; will try again", "error", err)
		}
		select {
		case <-tick.C:
		case <-h.ctx.Done():
			return
		}
	}
}

func (h *Hub) trimAll() error {
	rooms, err := h.store.Rooms(h.ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, info := range rooms {
		p := h.opts.Policy(info.Name)
		if p.Ephemeral || p.Keep == (Keep{}) {
			continue
		}
		if err := h.trim(info, p.Keep); err != nil {
			if h.ctx.Err() != nil {
				return err
			}
			failed = cmp.Or(failed, err) // a room that cannot be trimmed must not keep the others
		}
	}
	return failed
}

// trim takes out of one room's log what keep does not keep, a commit at a time.
func (h *Hub) trim(info RoomInfo, keep Keep) error {
	for more, before := true, info.First; more; {
		var err error
		if info, more, err = h.store.Trim(h.ctx, info.Name, keep); err != nil {
			return err
		}
		if info.First == before {
			return nil
		}
		before = info.First
		if r := h.loaded(info.Name); r != nil {
			r.trimmed(info.First)
		}
	}
	return nil
}

// loaded returns the room if it is in memory. It does not wait for one that is on
// its way there.
func (h *Hub) loaded(name string) *room {
	h.mu.Lock()
	r := h.rooms[name]
	h.mu.Unlock()
	if r == nil {
		return nil
	}
	select {
	case <-r.ready:
	default:
		return nil
	}
	if r.err != nil {
		return nil
	}
	return r
}

// trimmed says that the log begins with first now.
func (r *room) trimmed(first int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.first = max(r.first, first)
	for _, l := range r.logs {
		l.forget(first - 1)
	}
}
