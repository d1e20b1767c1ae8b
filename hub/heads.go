package hub

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	headDelay = time.Second // what happens within it is told together
	maxNews   = 256         // events of a room within it that are counted one by one
)

// heads tells connections where the rooms stand that they have not joined. One
// goroutine does so for the whole hub, once a second where there is something to
// tell.
type heads struct {
	wake chan struct{} // holds one token while there is something to do

	mu       sync.Mutex
	users    map[string][]*Attendance // by id
	watchers map[*room]map[*watch]struct{}
	errands  []*errand
	rooms    []*room // with news, each once
}

// errand is an attendance that a room is to be counted for anew.
type errand struct {
	of   *Attendance
	room string // empty: all rooms of the user
}

func newHeads() heads {
	return heads{
		wake:     make(chan struct{}, 1),
		users:    make(map[string][]*Attendance),
		watchers: make(map[*room]map[*watch]struct{}),
	}
}

// look is called with the lock.
func (h *heads) look(e *errand) {
	h.errands = append(h.errands, e)
	h.signal()
}

// again has the errand done in the next round.
func (h *heads) again(e *errand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.look(e)
}

func (h *heads) signal() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// unwatch is called with the lock.
func (h *heads) unwatch(a *Attendance, room string) {
	w := a.watched[room]
	if w == nil {
		return
	}
	delete(a.watched, room)
	all := h.watchers[w.room]
	if delete(all, w); len(all) == 0 {
		delete(h.watchers, w.room)
	}
	w.room.watching.Add(-1)
	w.room.release()
}

// news notes an event of a room that somebody watches. It is called with the
// room locked.
func (r *room) note(e *Entry) {
	if len(r.news) < maxNews {
		r.news = append(r.news, e)
	}
	if r.newsDue {
		return
	}
	r.newsDue = true
	h := &r.hub.heads
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rooms = append(h.rooms, r)
	h.signal()
}

// takeNews returns what happened since it was last asked, and whether that is all.
func (r *room) takeNews() (news []*Entry, all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	news = r.news
	r.news, r.newsDue = nil, false
	return news, len(news) < maxNews
}

// tellHeads runs until the hub ends.
func (h *Hub) tellHeads() {
	defer h.listenForUsers(h.ctx)()
	pause := time.NewTimer(headDelay)
	defer pause.Stop()
	for {
		select {
		case <-h.heads.wake:
		case <-h.ctx.Done():
			return
		}
		pause.Reset(headDelay)
		select {
		case <-pause.C:
		case <-h.ctx.Done():
			return
		}
		h.heads.mu.Lock()
		errands, rooms := h.heads.errands, h.heads.rooms
		h.heads.errands, h.heads.rooms = nil, nil
		h.heads.mu.Unlock()
		for _, r := range rooms {
			h.tellNews(r)
		}
		for _, e := range errands {
			if err := h.count(h.ctx, e); err != nil && h.ctx.Err() == nil {
				h.faults.tell("a user was not told what is unread; will try again", e.room, err)
				h.heads.again(e)
			}
		}
	}
}

// tellNews tells all who watch the room where it stands.
func (h *Hub) tellNews(r *room) {
	news, all := r.takeNews()
	h.heads.mu.Lock()
	watchers := slices.Collect(maps.Keys(h.heads.watchers[r]))
	h.heads.mu.Unlock()
	for _, w := range watchers {
		if !all || slices.ContainsFunc(news, w.recounts) {
			h.heads.again(&errand{of: w.of, room: r.name})
			continue
		}
		before := w.unread.Head
		for _, e := range news {
			if e.Event.Seq > w.unread.Head {
				w.unread.Count(&e.Event, w.of.user.ID, w.of.user.Name)
				w.unread.Head = e.Event.Seq
			}
		}
		if w.unread.Head > before {
			headTold{w.of.out, w.unread}.send()
		}
	}
}

// recounts reports whether e changes what was counted before.
func (w *watch) recounts(e *Entry) bool {
	rev, ok := e.Event.Detail.(*Revision)
	return ok && w.unread.Unread > 0 && rev.Replaces > w.unread.Read
}

// headTold is what one connection is told.
type headTold struct {
	out    Sender
	unread Unread
}

func (t headTold) send() {
	_ = t.out.Send(Event{Type: TypeRoomHead, Room: t.unread.Room, Detail: &t.unread}) // one that has ended is told nothing
}

// count reads what the attendance's user has not read, in one room or in all,
// watches what is not watched yet, and tells it.
func (h *Hub) count(ctx context.Context, e *errand) error {
	h.heads.mu.Lock()
	idle := e.of.closed || e.of.joined[e.room] > 0
	h.heads.mu.Unlock()
	if idle {
		return nil
	}
	var rooms []string
	if e.room != "" {
		rooms = []string{e.room}
	}
	all, err := h.store.Unread(ctx, e.of.user.ID, e.of.user.Name, rooms...)
	if err != nil {
		return err
	}
	if e.room != "" && len(all) == 0 { // a member no more
		h.heads.mu.Lock()
		defer h.heads.mu.Unlock()
		h.heads.unwatch(e.of, e.room)
		return nil
	}
	for _, u := range all[:min(len(all), maxWatched)] {
		if h.opts.Policy(u.Room).Ephemeral {
			continue
		}
		r, err := h.roomToStay(ctx, u.Room)
		if err != nil {
			return err
		}
		if !h.heads.watch(e.of, r, u) {
			continue
		}
		headTold{e.of.out, u}.send()
		if head, _, _ := r.where(); head > u.Head { // events came before it was watched
			h.heads.again(&errand{of: e.of, room: u.Room})
		}
	}
	return nil
}

// watch takes over a room that was retained, and lets it go where the attendance
// needs it no more. It reports whether there is something new to tell.
func (h *heads) watch(a *Attendance, r *room, u Unread) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.closed || a.joined[r.name] > 0 || a.watched[r.name] == nil && len(a.watched) == maxWatched {
		r.release()
		return false
	}
	was := a.watched[r.name]
	h.unwatch(a, r.name)
	w := &watch{of: a, room: r, unread: u}
	if a.watched == nil {
		a.watched = make(map[string]*watch)
	}
	a.watched[r.name] = w
	if h.watchers[r] == nil {
		h.watchers[r] = make(map[*watch]struct{})
	}
	h.watchers[r][w] = struct{}{}
	r.watching.Add(1)
	return was == nil || was.unread != u
}
