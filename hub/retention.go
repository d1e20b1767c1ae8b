package hub

import (
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
	rooms, err := AllRooms(h.ctx, h.store)
	if err != nil {
		return err
	}
	for _, info := range rooms {
		p := h.opts.Policy(info.Name)
		if p.Ephemeral || p.Keep == (Keep{}) {
			continue
		}
		if _, err := h.trim(h.ctx, info, p.Keep); err != nil && CodeOf(err) != NotFound { // removed meanwhile
			if h.ctx.Err() != nil {
				return err
			}
			h.faults.tell("a log was not trimmed; will try again", info.Name, err) // others are
		}
	}
	return nil
}

// Trim takes out of the room's log what keep does not keep, and returns where it
// stands then.
func (h *Hub) Trim(ctx context.Context, room string, keep Keep) (RoomInfo, error) {
	if err := CheckRoomName(room); err != nil {
		return RoomInfo{}, err
	}
	info, err := h.store.OpenRoom(ctx, room, false)
	if err == nil {
		info, err = h.trim(ctx, info, keep)
	}
	if err != nil {
		return RoomInfo{}, h.unavailable("trim room", room, err)
	}
	return info, nil
}

// trim takes out of one room's log what keep does not keep, a commit at a time.
func (h *Hub) trim(ctx context.Context, info RoomInfo, keep Keep) (RoomInfo, error) {
	for more := true; more; {
		var err error
		if info, more, err = h.store.Trim(ctx, info.Name, keep); err != nil {
			return info, err
		}
		if r := h.loaded(info.Name); r != nil { // also where another hub has trimmed
			r.trimmed(info.First)
		}
	}
	return info, nil
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
	if r.first >= first {
		return
	}
	r.first = first
	for _, l := range r.logs {
		l.forget(first - 1)
	}
}
