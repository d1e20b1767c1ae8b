package sqlite

import (
	"fmt"

	"hubbub/hub"
)

// together puts several events into their logs, or none of them: what refuses
// one does not undo what others share the transaction for.
func (t *tx) together(a *hub.Append) (hub.Appended, error) {
	undo, err := t.mark(a)
	if err != nil {
		return hub.Appended{}, err
	}
	done, err := t.putAll(a)
	if err != nil {
		if err := undo(); err != nil {
			return hub.Appended{}, err
		}
		return hub.Appended{}, err
	}
	if _, err := t.w.conn.ExecContext(t.w.ctx, "RELEASE turn"); err != nil {
		return hub.Appended{}, fmt.Errorf("sqlite: end a turn: %w", err)
	}
	return done, t.setState(a.State)
}

func (t *tx) putAll(a *hub.Append) (done hub.Appended, err error) {
	if done.Entry, err = t.put(a.Event); err != nil {
		return done, err
	}
	for i := range a.Then {
		e := &a.Then[i]
		earlier, err := t.earlier(e)
		if err == nil && earlier != nil {
			err = conflict(e)
		}
		var entry *hub.Entry
		if err == nil {
			entry, err = t.put(*e)
		}
		if err != nil {
			return done, err
		}
		done.Then = append(done.Then, entry)
	}
	return done, nil
}

// mark returns what takes back all that the transaction does from now on to the
// rooms of a.
func (t *tx) mark(a *hub.Append) (undo func() error, err error) {
	before, appended := make(map[*pending]pending), len(t.appended)
	for _, e := range append([]hub.Event{a.Event}, a.Then...) {
		p, err := t.room(e.Room)
		if err != nil {
			return nil, err
		}
		before[p] = *p
	}
	if _, err := t.w.conn.ExecContext(t.w.ctx, "SAVEPOINT turn"); err != nil {
		return nil, fmt.Errorf("sqlite: begin a turn: %w", err)
	}
	return func() error {
		undone := t.appended[appended:]
		for _, one := range undone {
			delete(one.room.refs, [2]string{one.entry.Event.From.ID, one.entry.Event.Ref})
		}
		clear(undone)
		t.appended = t.appended[:appended]
		for p, was := range before {
			*p = was
		}
		if _, err := t.w.conn.ExecContext(t.w.ctx, "ROLLBACK TO turn; RELEASE turn"); err != nil {
			return fmt.Errorf("sqlite: take back a turn: %w", err)
		}
		return nil
	}, nil
}
