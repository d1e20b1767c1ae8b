package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"hubbub/hub"
)

// Append implements [hub.Log].
func (s *Store) Append(ctx context.Context, a hub.Append) error {
	j := &appending{Append: a}
	if sizeOf(&a) > large {
		select {
		case s.large <- struct{}{}:
			j.place = s.large
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := s.submit(ctx, j)
	if err != nil {
		j.leave()
	}
	return err
}

// sizeOf is how many bytes its events have that can be many.
func sizeOf(a *hub.Append) int {
	size := len(a.Event.Text) + len(a.Event.Data)
	for i := range a.Then {
		size += len(a.Then[i].Text) + len(a.Then[i].Data)
	}
	return size
}

// appending is the job of an append.
type appending struct {
	hub.Append
	result hub.Appended
	place  chan struct{} // among the large ones; nil where it is none
}

func (a *appending) leave() {
	if a.place != nil {
		<-a.place
	}
}

func (a *appending) do(t *tx) (err error) {
	a.result, err = t.append(&a.Append)
	return err
}

func (a *appending) done(err error) {
	a.leave()
	if err != nil {
		a.result = hub.Appended{}
	}
	a.Done(a.result, err)
}

// pending is what a transaction has appended to a room and not committed yet.
type pending struct {
	room    *room
	head    int64
	first   int64
	last    time.Time
	lastID  string
	refs    map[[2]string]*hub.Entry // by sender and ref; nil while there is none
	run     run                      // of the events that are not indexed
	deleted bool
}

// addition is an event that a transaction has appended to a room.
type addition struct {
	room  *pending
	entry *hub.Entry
}

// info returns the room's row as the transaction leaves it.
func (p *pending) info() hub.RoomInfo {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	info := p.room.info
	info.Head, info.First = p.head, p.first
	return info
}

// append puts all of a into the logs, or nothing.
func (t *tx) append(a *hub.Append) (hub.Appended, error) {
	earlier, err := t.earlier(&a.Event)
	if err != nil {
		return hub.Appended{}, err
	}
	if earlier != nil {
		then, err := t.repeated(a.Then)
		return hub.Appended{Entry: earlier, Then: then, Repeated: true}, err
	}
	if len(a.Then) > 0 {
		return t.together(a)
	}
	entry, err := t.put(a.Event)
	if err != nil {
		return hub.Appended{}, err
	}
	return hub.Appended{Entry: entry}, t.setState(a.State)
}

// repeated returns the events of a turn that is repeated.
func (t *tx) repeated(events []hub.Event) ([]*hub.Entry, error) {
	var all []*hub.Entry
	for i := range events {
		entry, err := t.earlier(&events[i])
		if err != nil {
			return nil, err
		}
		all = append(all, entry)
	}
	return all, nil
}

// put makes e the newest event of its room's log.
func (t *tx) put(e hub.Event) (*hub.Entry, error) {
	p, err := t.room(e.Room)
	if err != nil {
		return nil, err
	}
	e.Seq = p.head + 1
	e.At = time.Now().UTC().Truncate(time.Millisecond)
	if e.At.Before(p.last) { // the clock was set back; the log's times are not
		e.At = p.last
	}
	if e.ID <= p.lastID { // made before, and overtaken
		e.ID = hub.NewIDAfter(p.lastID)
	}
	if hub.IsChange(e.Type) {
		if err := t.change(p, &e); err != nil {
			return nil, err
		}
	}
	entry := hub.NewEntry(e)
	pos := t.w.next
	t.w.next++
	if err := t.w.insert.insert(pos, p.room.id, e.Seq, e.At.UnixMilli(), e.From.ID, e.Ref, e.Origin, entry.JSON); err != nil {
		return nil, fmt.Errorf("sqlite: append to room %s: %w", e.Room, err)
	}
	p.head, p.last, p.lastID = e.Seq, e.At, e.ID
	p.run.add(e.Seq, pos)
	t.appended = append(t.appended, addition{p, entry})
	if e.Ref != "" {
		if p.refs == nil {
			p.refs = make(map[[2]string]*hub.Entry)
		}
		p.refs[[2]string{e.From.ID, e.Ref}] = entry
	}
	return entry, nil
}

func (t *tx) room(name string) (*pending, error) {
	if p := t.rooms[name]; p != nil && p.deleted {
		return nil, noRoom(name)
	} else if p != nil {
		return p, nil
	}
	r, err := t.w.store.rooms.pin(t.w.ctx, name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &pending{room: r, head: r.info.Head, first: r.info.First, last: r.last, lastID: r.lastID}
	p.run = t.w.store.fresh.Load().of(r.id)
	t.rooms[name] = p
	return p, nil
}

// earlier returns the event that used e's ref for the same content before, in
// this transaction or in the log. Another content is a conflict.
func (t *tx) earlier(e *hub.Event) (*hub.Entry, error) {
	if e.Ref == "" {
		return nil, nil
	}
	p, err := t.room(e.Room)
	if err != nil {
		return nil, err
	}
	var sum []byte
	entry := p.refs[[2]string{e.From.ID, e.Ref}]
	if entry == nil {
		if !p.room.used(e.From.ID, e.Ref) {
			return nil, nil
		}
		if entry, sum, err = t.w.store.find(t.w.ctx, p.room, e.From.ID, e.Ref); err != nil || entry == nil {
			return nil, err
		}
	}
	same := hub.SameContent(&entry.Event, e)
	if sum != nil {
		said := hub.ContentSum(e)
		same = bytes.Equal(sum, said[:])
	}
	if !same {
		return nil, conflict(e)
	}
	return entry, nil
}

func conflict(e *hub.Event) error {
	return hub.Errorf(hub.Conflict,
		"The ref %s was used for another message in this room. Give each message a ref of its own.", e.Ref)
}

// settle takes over into memory what was committed.
func (t *tx) settle() {
	t.settleIndex() // first: who knows of an event finds it
	for _, a := range t.appended {
		r, e := a.room.room, &a.entry.Event
		r.mu.Lock()
		r.refs.Add(e.From.ID, e.Ref, e.Seq, e.At)
		r.mu.Unlock()
	}
	for _, p := range t.rooms {
		r := p.room
		r.mu.Lock()
		r.info.Head, r.info.First, r.last, r.lastID = p.head, p.first, p.last, p.lastID
		r.mu.Unlock()
		if p.deleted {
			t.w.store.rooms.forget(r)
		}
	}
	t.w.store.appended(int64(len(t.appended)))
}

// forget lets go of the rooms, and of all that the transaction knows.
func (t *tx) forget() {
	rooms := make([]*room, 0, len(t.rooms))
	for _, p := range t.rooms {
		rooms = append(rooms, p.room)
	}
	t.w.store.rooms.unpin(rooms...)
	clear(t.rooms)
	clear(t.appended)
	t.appended = t.appended[:0]
	t.ended, t.swept = false, t.swept[:0]
}
