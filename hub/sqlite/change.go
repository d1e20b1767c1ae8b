package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"hubbub/hub"
)

// change does to the log what e, which has its seq, does to an earlier message,
// so that the log's rows are always as they stand.
func (t *tx) change(p *pending, e *hub.Event) error {
	target, err := t.row(p, e, `id = ? AND id <> '' AND seq >= ?`, e.Target, p.first)
	if err != nil {
		return err
	}
	c, err := hub.Change(target, e)
	if err != nil || c.Target == nil {
		return err
	}
	if err := t.rewrite(p, target, c.Target); err != nil || c.Superseded == 0 {
		return err
	}
	edit, err := t.row(p, e, `seq = ?`, c.Superseded)
	if hub.CodeOf(err) == hub.NotFound { // retention took it
		return nil
	}
	if err != nil {
		return err
	}
	blank := hub.Supersede(edit, e)
	return t.rewrite(p, edit, &blank)
}

// row returns an event of the log that e is about.
func (t *tx) row(p *pending, e *hub.Event, where string, args ...any) (*hub.Event, error) {
	var body []byte
	err := t.w.conn.QueryRowContext(t.w.ctx, `SELECT body FROM events WHERE room = ? AND `+where,
		append([]any{p.room.id}, args...)...).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, hub.ErrNoTarget(e)
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: look for the target of a change in room %s: %w", e.Room, err)
	}
	entry, err := hub.ParseEntry(body)
	if err != nil {
		return nil, hub.ErrNoTarget(e) // a damaged row is no message
	}
	return &entry.Event, nil
}

// rewrite puts after in the place of before. What before said when it was sent
// is known by its sum from then on, which the first rewriting keeps.
func (t *tx) rewrite(p *pending, before, after *hub.Event) error {
	sum := hub.ContentSum(before)
	_, err := t.w.rewrite.ExecContext(t.w.ctx, hub.AppendJSON(nil, after), sum[:], p.room.id, after.Seq)
	if err != nil {
		return fmt.Errorf("sqlite: rewrite seq %d of room %s: %w", after.Seq, after.Room, err)
	}
	return nil
}
