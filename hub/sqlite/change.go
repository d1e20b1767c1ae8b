package sqlite

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"

	"hubbub/hub"
)

// change does to the log what e, which has its seq, does to an earlier message,
// so that the log's rows are always as they stand.
func (t *tx) change(p *pending, e *hub.Event) error {
	target, err := t.find(p, e)
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
	edit, err := t.readable(p, c.Superseded, c.Superseded+1)
	if err != nil {
		return fmt.Errorf("sqlite: look for an earlier edit in room %s: %w", e.Room, err)
	}
	if edit == nil { // retention took it
		return nil
	}
	blank := hub.Supersede(edit, e)
	return t.rewrite(p, edit, &blank)
}

// find returns the event of the log that has e's target as its id. Ids ascend
// with seq, so that it takes some twenty looks, and no index that each event
// would have to be put into. Anybody may ask for what is not there: so nothing is
// parsed but what is found.
func (t *tx) find(p *pending, e *hub.Event) (*hub.Event, error) {
	low, high := p.first, p.head+1
	for low < high {
		middle := low + (high-low)/2
		seq, id, err := t.idFrom(p, middle, high)
		if err == nil && seq > 0 && id == e.Target {
			var found *hub.Event
			if found, err = t.readable(p, seq, seq+1); found != nil {
				return found, nil
			}
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("sqlite: look for the target of a change in room %s: %w", e.Room, err)
		case seq == 0 || id >= e.Target:
			high = middle
		default:
			low = seq + 1
		}
	}
	return nil, hub.NoTarget(e)
}

// idFrom returns the first event from seq low to below high whose id can be read, 0
// where there is none.
func (t *tx) idFrom(p *pending, low, high int64) (seq int64, id string, err error) {
	rows, err := t.w.look.QueryContext(t.w.ctx, p.room.id, low, high)
	if err != nil {
		return 0, "", err
	}
	defer rows.Close()
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&seq, &body); err != nil {
			return 0, "", err
		}
		if id := idOf(body); id != "" {
			return seq, id, rows.Err()
		}
	}
	return 0, "", rows.Err()
}

// idOf returns the id of an event, which is one of its first fields.
func idOf(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	if brace, err := d.Token(); err != nil || brace != json.Delim('{') {
		return ""
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return ""
		}
		value, err := d.Token()
		id, ok := value.(string)
		if err != nil || name == "id" {
			return id
		}
		if !ok { // nothing but texts stands before it
			return ""
		}
	}
	return ""
}

// readable returns the first event from seq low to below high that can be read,
// nil where there is none.
func (t *tx) readable(p *pending, low, high int64) (*hub.Event, error) {
	rows, err := t.w.look.QueryContext(t.w.ctx, p.room.id, low, high)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return nil, err
		}
		if e, err := hub.ParseEvent(body); err == nil {
			return &e, rows.Err()
		}
	}
	return nil, rows.Err()
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
