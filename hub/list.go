package hub

import (
	"context"
)

// RoomsRequest is the detail of a room.list that a participant sends. Where the
// event names a room, that one alone is asked for.
type RoomsRequest struct {
	After string `json:"after,omitempty"` // name above which rooms are wanted
	Limit int    `json:"limit,omitempty"` // at most [MaxPage]; default [DefaultPage]
}

// RoomPage is the detail of the room.list that answers, by name.
type RoomPage struct {
	Rooms []RoomSummary `json:"rooms"`
	More  bool          `json:"more"`
}

// RoomSummary says where a room stands, and where who asks stands in it.
type RoomSummary struct {
	Name      string `json:"name"`
	Title     string `json:"title,omitempty"`
	Head      int64  `json:"head"`                // seq of the newest event
	First     int64  `json:"first"`               // seq of the oldest event kept; head+1 where none is
	Epoch     string `json:"epoch"`               // names this history of the log
	Ephemeral bool   `json:"ephemeral,omitempty"` // no log is kept
	Member    bool   `json:"member"`              // the room has admitted who asks
	Read      int64  `json:"read,omitempty"`      // seq up to which the member has read
	Unread    int    `json:"unread,omitempty"`    // messages of others above that, at most [MaxUnread]
	Mentions  int    `json:"mentions,omitempty"`  // how many of them name the member
}

// ListRooms returns a page of the rooms that scope s may read or, where room is not
// empty, that one.
func (h *Hub) ListRooms(ctx context.Context, s *Scope, room string, q *RoomsRequest) (*RoomPage, error) {
	limit, err := pageLimit(q.Limit, DefaultPage)
	if err != nil {
		return nil, err
	}
	infos, err := h.infos(ctx, s, room, q.After, limit+1)
	if err != nil {
		return nil, err
	}
	page := &RoomPage{Rooms: []RoomSummary{}}
	for _, info := range infos {
		if len(page.Rooms) == limit {
			page.More = true
			break
		}
		summary, err := h.summary(ctx, info)
		if err != nil {
			return nil, err
		}
		page.Rooms = append(page.Rooms, summary)
	}
	return page, h.countFor(ctx, s, page)
}

// infos returns the rows of at most limit rooms by name, from above the name after
// on, or that of one room. Nobody can have made a direct room yet.
func (h *Hub) infos(ctx context.Context, s *Scope, room, after string, limit int) ([]RoomInfo, error) {
	if room == "" {
		page, err := h.store.Rooms(ctx, after, limit)
		if err != nil {
			return nil, h.unavailable("list rooms", room, err)
		}
		return page, nil
	}
	if _, err := h.enter(ctx, s, room, false); err != nil {
		return nil, err
	}
	info, err := h.store.OpenRoom(ctx, room, false)
	if err != nil {
		return nil, h.unavailable("open room", room, err)
	}
	return []RoomInfo{info}, nil
}

func (h *Hub) summary(ctx context.Context, info RoomInfo) (RoomSummary, error) {
	s := RoomSummary{Name: info.Name, Title: info.Title, Head: info.Head, First: info.First, Epoch: info.Epoch}
	if !h.opts.Policy(info.Name).Ephemeral {
		return s, nil
	}
	var err error
	s.Ephemeral = true
	if s.Head, s.Epoch, err = h.layer.Sequence(ctx, info.Name); err != nil {
		return s, h.unavailable("ask for the sequence of room", info.Name, err)
	}
	s.First = s.Head + 1
	return s, nil
}

// countFor adds where the user of s stands in each room.
func (h *Hub) countFor(ctx context.Context, s *Scope, page *RoomPage) error {
	if len(page.Rooms) == 0 {
		return nil
	}
	at := make(map[string]*RoomSummary, len(page.Rooms))
	names := make([]string, 0, len(page.Rooms))
	for i := range page.Rooms {
		r := &page.Rooms[i]
		at[r.Name] = r
		names = append(names, r.Name)
	}
	all, err := h.store.Unread(ctx, s.User.ID, s.User.Name, names...)
	if err != nil {
		return h.unavailable("count what is unread", "", err)
	}
	for _, u := range all {
		r := at[u.Room]
		r.Member, r.Read, r.Unread, r.Mentions = true, u.Read, u.Unread, u.Mentions
	}
	return nil
}
