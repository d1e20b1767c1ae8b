package redis

import (
	"context"
	"encoding/json"
	"fmt"

	"hubbub/hub"
)

// Enter implements [hub.Presence]. Where it fails, the scope does not count.
func (l *Layer) Enter(ctx context.Context, room string, p hub.Participant) (bool, error) {
	if err := l.ended(); err != nil {
		return false, fmt.Errorf("enter room %s: %w", room, err)
	}
	u, done := l.users.hold(room, p.ID)
	defer done()
	if u.scopes > 0 && u.who == p && !u.unsure {
		u.scopes++
		return false, nil
	}
	before := u.who
	u.who = p // the newest name counts
	first, err := l.enter(ctx, room, u, true)
	if err != nil {
		u.who, u.unsure = before, true
		return false, fmt.Errorf("enter room %s: %w", room, told(err))
	}
	u.unsure = false
	if u.scopes++; u.scopes == 1 {
		u.place.Store(l.users.last.Add(1))
		return first, nil
	}
	return false, nil
}

// enter tells the server that u is there, as news or again.
func (l *Layer) enter(ctx context.Context, room string, u *user, news bool) (first bool, err error) {
	who, err := json.Marshal(u.who)
	if err != nil {
		return false, err
	}
	r, err := l.run(ctx, enterScript, room, room, l.id, milliseconds(l.opts.Presence), u.who.ID, who, news)
	if err != nil {
		return false, err
	}
	if r.int(1) == 0 && l.users.doubt(room) {
		token(l.renewal.presence)
	}
	return r.int(0) == 1, nil
}

// Exit implements [hub.Presence]. Where it fails, the scope is gone all the same,
// and the server is told as soon as it can be.
func (l *Layer) Exit(ctx context.Context, room, id string) (bool, error) {
	if err := l.ended(); err != nil {
		return false, fmt.Errorf("exit room %s: %w", room, err)
	}
	u, done := l.users.hold(room, id)
	defer done()
	if u.scopes == 0 {
		return false, nil
	}
	if u.scopes--; u.scopes > 0 {
		return false, nil
	}
	last, err := l.exit(ctx, room, id)
	if err != nil {
		u.unsure = true
		return false, fmt.Errorf("exit room %s: %w", room, told(err))
	}
	u.unsure = false
	return last, nil
}

// exit tells the server that the user is not there.
func (l *Layer) exit(ctx context.Context, room, id string) (last bool, err error) {
	r, err := l.run(ctx, exitScript, room, room, l.id, id)
	return err == nil && r.int(0) == 1, err
}

// Present implements [hub.Presence].
func (l *Layer) Present(ctx context.Context, room string, limit int) ([]hub.Participant, int, error) {
	err := l.ended()
	var r reply
	if err == nil {
		r, err = l.run(ctx, presentScript, room, room, limit)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("who is present in room %s: %w", room, told(err))
	}
	var users []hub.Participant
	for _, text := range r.texts(1) {
		var p hub.Participant
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return nil, 0, fmt.Errorf("who is present in room %s: %w", room, err)
		}
		users = append(users, p)
	}
	return users, r.int(0), nil
}

// renewPresence has the users of this process last, and tells the server of those
// that it does not know of. It reports whether the server could be reached.
func (l *Layer) renewPresence() bool {
	return allTogether(l.users.all(), l.renewRoom)
}

func (l *Layer) renewRoom(room string) bool {
	if l.ended() != nil {
		return true
	}
	ctx, cancel := detached()
	defer cancel()
	r, err := l.run(ctx, stayScript, room, room, l.id, milliseconds(l.opts.Presence))
	if err != nil {
		return !passing(err)
	}
	doubted := l.users.doubted(room) || r.int(0) == 0
	for _, id := range l.users.in(room) {
		if !l.reconcile(room, id, doubted) {
			if doubted {
				l.users.doubt(room) // the others are for the next time
			}
			return false
		}
	}
	return true
}

// reconcile tells the server of a user, where it may think otherwise.
func (l *Layer) reconcile(room, id string, doubted bool) bool {
	u, done := l.users.hold(room, id)
	defer done()
	if !u.unsure && !doubted {
		return true
	}
	ctx, cancel := detached()
	defer cancel()
	var err error
	if u.scopes > 0 {
		_, err = l.enter(ctx, room, u, false)
	} else {
		_, err = l.exit(ctx, room, id)
	}
	u.unsure = err != nil && passing(err)
	return !u.unsure
}

// exitAll takes all users of this process from their rooms.
func (l *Layer) exitAll(ctx context.Context) {
	for _, room := range l.users.all() {
		together(l.users.in(room), func(id string) {
			if ctx.Err() == nil {
				_, _ = l.exit(ctx, room, id) // else they lapse
			}
		})
	}
}
