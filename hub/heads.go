package hub

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"
)

const (
	headDelay = time.Second // what happens within it is told together
	maxNews   = 256         // events of a room within it that are counted one by one
)

const counting = "counting what a user has not read; will try again" // as the log is told of it

// heads tells connections where the rooms stand that they have not joined. One
// goroutine does so for the whole hub, once a second where there is something to
// tell.
type heads struct {
	wake chan struct{} // holds one token while there is something to do

	mu       sync.Mutex
	users    map[string][]*Attendance // by id
	watchers map[*room]map[*watch]struct{}
	errands  []errand
	asked    map[errand]struct{} // those of errands
	rooms    []*room             // with news, each once
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
		asked:    make(map[errand]struct{}),
	}
}

// look has an errand done, once, however often it is asked for until then. It is
// called with the lock.
func (h *heads) look(e errand) {
	if _, ok := h.asked[e]; ok {
		return
	}
	h.asked[e] = struct{}{}
	h.errands = append(h.errands, e)
	h.signal()
}

// again has an errand done in the next round.
func (h *heads) again(e errand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.look(e)
}

// lookAgain has errands that failed done after a while.
func (h *heads) lookAgain(errands []errand) {
	if len(errands) == 0 {
		return
	}
	time.AfterFunc(faultPause, func() {
		for _, e := range errands {
			h.again(e)
		}
	})
}

// take returns what there is to do.
func (h *heads) take() (errands []errand, rooms []*room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	errands, rooms = h.errands, h.rooms
	h.errands, h.rooms = nil, nil
	clear(h.asked)
	return errands, rooms
}

// watching returns who watches the room.
func (h *heads) watching(r *room) []*watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.watchers[r]))
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

// note keeps an event of a room that somebody watches. It is called with the
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

// takeNews returns what happened since it was last asked, whether that is all, and
// up to which seq.
func (r *room) takeNews() (news []*Entry, all bool, head int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	news = r.news
	r.news, r.newsDue = nil, false
	return news, len(news) < maxNews, r.head
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
		errands, rooms := h.heads.take()
		for _, r := range rooms {
			h.tellNews(r)
		}
		var failed []errand
		for i, e := range errands {
			switch err := h.count(h.ctx, e); {
			case err == nil:
				h.faults.over(counting)
			case h.ctx.Err() == nil:
				h.faults.tell(counting, e.room, err)
				failed = append(failed, e)
			}
			if i%16 == 15 { // there may be thousands, and nobody waits for them
				runtime.Gosched()
			}
		}
		h.heads.lookAgain(failed)
	}
}

// tellNews tells all who watch the room where it stands.
func (h *Hub) tellNews(r *room) {
	news, all, head := r.takeNews()
	watching := h.heads.watching(r) // the lock is not held: there may be many, and rooms wait for it
	if len(watching) == 0 {
		return
	}
	calls := make([][]string, len(news))
	for i, e := range news {
		calls[i] = callsIn(e.Event.Text)
	}
	for _, w := range watching {
		// Who has more unread than is counted needs no counting of what was not kept.
		if !all && w.unread.Unread < MaxUnread || slices.ContainsFunc(news, w.recounts) {
			h.heads.again(errand{of: w.of, room: r.name})
			continue
		}
		if w.unread.Head >= head {
			continue
		}
		for i, e := range news {
			if e.Event.Seq > w.unread.Head && w.unread.counts(&e.Event, w.of.user.ID) {
				w.unread.add(calls[i], w.of.user.ID, w.of.user.Name)
			}
		}
		w.unread.Head = head
		headTold{w.of.out, w.unread}.send()
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
func (h *Hub) count(ctx context.Context, e errand) error {
	h.heads.mu.Lock()
	idle := e.of.closed || e.of.joined.has(e.room)
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
		if CodeOf(err) == NotFound {
			continue // it was removed meanwhile
		}
		if err != nil {
			return err
		}
		watches, news := h.heads.watch(e.of, r, u)
		if news {
			headTold{e.of.out, u}.send()
		}
		if head, _, _ := r.where(); watches && head > u.Head { // something happened after it was counted, and maybe before it was watched
			h.heads.mu.Lock()
			h.heads.look(errand{of: e.of, room: r.name})
			h.heads.mu.Unlock()
		}
	}
	return nil
}

// watch takes over a room that was retained, and lets it go where the attendance
// needs it no more. It reports whether it is watched, and whether there is
// something new to tell.
func (h *heads) watch(a *Attendance, r *room, u Unread) (watches, news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.closed || a.joined.has(r.name) || a.watched[r.name] == nil && len(a.watched) == maxWatched {
		r.release()
		return false, false
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
	return true, was == nil || was.unread != u
}
