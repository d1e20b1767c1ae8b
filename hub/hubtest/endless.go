package hubtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hubbub/hub"
)

// Endless is a [hub.Store] for tests of much: any number of rooms that were only
// looked at and of events takes no memory. A log keeps its newest event alone
// and serves it at every seq; refs, members and state are not kept, and no room
// is missing. Its zero value works.
type Endless struct {
	mu   sync.Mutex
	logs map[string]hub.Event // the newest event, by room
}

var _ hub.Store = (*Endless)(nil)

// OpenRoom implements [hub.Log].
func (s *Endless) OpenRoom(_ context.Context, name string, _ bool) (hub.RoomInfo, error) {
	return hub.RoomInfo{Name: name, Head: s.newest(name).Seq, First: 1, Epoch: "endless"}, nil
}

// Rooms implements [hub.Log].
func (s *Endless) Rooms(context.Context, string, int) ([]hub.RoomInfo, error) { return nil, nil }

// Append implements [hub.Log].
func (s *Endless) Append(_ context.Context, a hub.Append) error {
	s.mu.Lock()
	defer s.mu.Unlock() // until Done returned: so outcomes are in the order of seq
	e := a.Event
	e.Seq = s.logs[e.Room].Seq + 1
	e.At = time.Now().UTC().Truncate(time.Millisecond)
	if s.logs == nil {
		s.logs = make(map[string]hub.Event)
	}
	s.logs[e.Room] = e
	a.Done(hub.Appended{Entry: hub.NewEntry(e)}, nil)
	return nil
}

// ReadAfter implements [hub.Log].
func (s *Endless) ReadAfter(_ context.Context, room string, after int64, limit int) ([]*hub.Entry, bool, error) {
	newest := s.newest(room)
	var page []*hub.Entry
	for size := 0; after < newest.Seq; size += len(page[len(page)-1].JSON) {
		if len(page) == limit || size > hub.MaxPageBytes {
			return page, true, nil
		}
		after++
		page = append(page, at(newest, after))
	}
	return page, false, nil
}

// ReadBefore implements [hub.Log].
func (s *Endless) ReadBefore(ctx context.Context, room string, before int64, limit int) ([]*hub.Entry, bool, error) {
	after := max(before-1-int64(limit), 0)
	page, _, err := s.ReadAfter(ctx, room, after, int(before-1-after))
	return page, after > 0, err
}

// Kept implements [hub.Log].
func (s *Endless) Kept(context.Context, string, string, []string) ([]hub.Kept, error) {
	return nil, nil
}

// DeleteRoom implements [hub.Log].
func (s *Endless) DeleteRoom(_ context.Context, room string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.logs, room)
	return nil
}

// Trim implements [hub.Log]: a log is never too long.
func (s *Endless) Trim(ctx context.Context, room string, _ hub.Keep) (hub.RoomInfo, bool, error) {
	info, err := s.OpenRoom(ctx, room, false)
	return info, false, err
}

// Admit implements [hub.Members]. Everybody is a member already.
func (s *Endless) Admit(context.Context, string, hub.Participant) (bool, error) { return false, nil }

// Dismiss implements [hub.Members].
func (s *Endless) Dismiss(context.Context, string, string) (bool, error) { return false, nil }

// Members implements [hub.Members]; it names nobody.
func (s *Endless) Members(context.Context, string, string, int) ([]hub.Member, bool, error) {
	return nil, false, nil
}

// MarkRead implements [hub.Members].
func (s *Endless) MarkRead(context.Context, string, string, int64) (int64, bool, error) {
	return 0, false, nil
}

// Unread implements [hub.Members].
func (s *Endless) Unread(context.Context, string, string, ...string) ([]hub.Unread, error) {
	return nil, nil
}

// State implements [hub.States].
func (s *Endless) State(context.Context, string) ([]byte, error) { return nil, nil }

// SetState implements [hub.States].
func (s *Endless) SetState(context.Context, ...hub.State) error { return nil }

// Close implements [hub.Store].
func (s *Endless) Close() error { return nil }

func (s *Endless) newest(room string) hub.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs[room]
}

func at(e hub.Event, seq int64) *hub.Entry {
	e.Seq, e.ID = seq, fmt.Sprintf("%026d", seq)
	return hub.NewEntry(e)
}
