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
	c, err := hub.Change(target.event, e)
	if err != nil || c.Target == nil {
		return err
	}
	if err := t.rewrite(target, c.Target); err != nil || c.Superseded == 0 {
		return err
	}
	edit, err := t.readable(p, c.Superseded)
	if err != nil {
		return fmt.Errorf("sqlite: look for an earlier edit in room %s: %w", e.Room, err)
	}
	if edit.event == nil { // retention took it
		return nil
	}
	blank := hub.Supersede(edit.event, e)
	return t.rewrite(edit, &blank)
}

// row is an event of the log and where it is.
type row struct {
	pos   int64
	event *hub.Event
}

// find returns the event of the log that has e's target as its id. Ids ascend
// with seq, so that it takes some twenty looks, and no index that each event
// would have to be put into. Anybody may ask for what is not there: so nothing is
// parsed but what is found.
func (t *tx) find(p *pending, e *hub.Event) (row, error) {
	low, high := p.first, p.head+1
	for low < high {
		middle := low + (high-low)/2
		seq, id, err := t.idFrom(p, middle, high)
		if err == nil && seq > 0 && id == e.Target {
			var found row
			if found, err = t.readable(p, seq); found.event != nil {
				return found, nil
			}
		}
		switch {
		case err != nil:
			return row{}, fmt.Errorf("sqlite: look for the target of a change in room %s: %w", e.Room, err)
		case seq == 0 || id >= e.Target:
			high = middle
		default:
			low = seq + 1
		}
	}
	return row{}, hub.NoTarget(e)
}

// idFrom returns the first event from seq low to below high whose id can be read, 0
// where there is none.
func (t *tx) idFrom(p *pending, low, high int64) (seq int64, id string, err error) {
	for seq = low; seq < high; seq++ {
		err = t.look(p, seq, func(_ int64, body []byte) { id = idOf(body) })
		if err != nil || id != "" {
			return seq, id, err
		}
	}
	return 0, "", nil
}

// look has the function see where the event is and what is kept of it, where it is there.
func (t *tx) look(p *pending, seq int64, see func(pos int64, body []byte)) error {
	rows, err := t.w.look.QueryContext(t.w.ctx, p.run.at(seq), p.room.id, seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var pos int64
		var body sql.RawBytes
		if err := rows.Scan(&pos, &body); err != nil {
			return err
		}
		see(pos, body)
	}
	return rows.Err()
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

// readable returns the event, none where it is not there or cannot be read.
func (t *tx) readable(p *pending, seq int64) (found row, err error) {
	err = t.look(p, seq, func(pos int64, body []byte) {
		if e, err := hub.ParseEvent(bytes.Clone(body)); err == nil {
			found = row{pos, &e}
		}
	})
	return found, err
}

// rewrite puts after in the place of before. What before said when it was sent
// is known by its sum from then on, which the first rewriting keeps.
func (t *tx) rewrite(before row, after *hub.Event) error {
	sum := hub.ContentSum(before.event)
	_, err := t.w.rewrite.ExecContext(t.w.ctx, hub.AppendJSON(nil, after), sum[:], before.pos)
	if err != nil {
		return fmt.Errorf("sqlite: rewrite seq %d of room %s: %w", after.Seq, after.Room, err)
	}
	return nil
}
