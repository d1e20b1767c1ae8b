package hub

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
)

// MaxRefs is how many references a join may ask about.
const MaxRefs = 1000

// Subscription is a scope's listening to a room.
type Subscription struct {
	room   *room
	scope  *Scope
	format Format
	reader Reader
	next   int64
	out    Sender
	tag    uint64 // of the join

	// The room has admitted the scope's user, and nothing has happened to that since.
	admitted atomic.Bool

	mu      sync.Mutex
	cursor  *Cursor
	started bool
	ended   bool
	removed bool // with the room
}

// Join has scope s listen to the room of the room.join e, and returns what the
// room.joined that answers it says. No event is delivered before
// [Subscription.Start], so that the answer goes out first; then follows all
// that comes after the answer's Head. The caller ends the subscription.
//
// Frames go to out's own reader where it is a [RoomSender]; otherwise out is
// sent each event, with the Tag of e.
func (h *Hub) Join(ctx context.Context, s *Scope, e *Event, out Sender) (*Subscription, *Joined, error) {
	q, _ := e.Detail.(*Join)
	if q == nil {
		q = &Join{}
	}
	if err := q.check(); err != nil {
		return nil, nil, err
	}
	r, err := h.enterToStay(ctx, s, e.Room)
	if err != nil {
		return nil, nil, err
	}
	a, err := h.answer(ctx, s, r, q)
	if err != nil {
		r.release()
		return nil, nil, err
	}
	sub := &Subscription{room: r, scope: s, next: a.Head + 1, out: out, tag: e.Tag}
	if rs, ok := out.(RoomSender); ok {
		sub.format, sub.reader = rs.OpenReader(e)
		if f, ok := sub.format.(EpochFormat); ok {
			sub.format = f.InEpoch(a.Epoch)
		}
	} else {
		sub.format, sub.reader = jsonLines{}, eventReader{out, e.Tag, h.log}
	}
	if !r.add(sub) {
		sub.End()
		return nil, nil, Errorf(NotFound, "The room %s was removed. Join it again to make it anew.", r.name)
	}
	return sub, a, nil
}

// enterToStay returns the room for s, retained.
func (h *Hub) enterToStay(ctx context.Context, s *Scope, name string) (*room, error) {
	for {
		r, err := h.enter(ctx, s, name, true)
		if err != nil || r.retain() {
			return r, err
		}
	}
}

// stay returns the room retained, or the one that has taken its place in memory.
func (h *Hub) stay(ctx context.Context, r *room) (*room, error) {
	if r.retain() {
		return r, nil
	}
	return h.roomToStay(ctx, r.name)
}

// roomToStay returns the room, retained.
func (h *Hub) roomToStay(ctx context.Context, name string) (*room, error) {
	for {
		r, err := h.room(ctx, name, false)
		if err != nil || r.retain() {
			return r, err
		}
	}
}

// answer admits s, counts it as joined and returns what it is answered.
func (h *Hub) answer(ctx context.Context, s *Scope, r *room, q *Join) (*Joined, error) {
	if err := r.admit(ctx, s.Participant(), s.ID); err != nil {
		return nil, err
	}
	a, err := h.resume(ctx, r, q)
	if err != nil {
		return nil, h.unavailable("read room", r.name, err)
	}
	if len(q.Refs) > 0 && !r.policy.Ephemeral {
		if a.Kept, err = h.store.Kept(ctx, r.name, s.User.ID, q.Refs); err != nil {
			return nil, h.unavailable("look for refs in room", r.name, err)
		}
	}
	if a.Present, err = r.enter(ctx, s.Participant()); err != nil {
		return nil, h.unavailable("enter room", r.name, err)
	}
	return a, nil
}

func (q *Join) check() error {
	if q.Since != nil && *q.Since < 0 {
		return Errorf(Invalid, "since is a seq, from 0 on.")
	}
	if q.Limit < 0 {
		return Errorf(Invalid, "limit is a number from 0 to %d.", MaxPage)
	}
	if len(q.Refs) > MaxRefs {
		return Errorf(Invalid, "A join asks about at most %d refs.", MaxRefs)
	}
	for _, ref := range q.Refs {
		if err := CheckRef(ref); err != nil {
			return err
		}
	}
	return nil
}

// resume reads what was missed since q.Since or, where that cannot be told or
// is too much, the newest page.
func (h *Hub) resume(ctx context.Context, r *room, q *Join) (*Joined, error) {
	a := &Joined{Events: []*Entry{}}
	a.Head, a.First, a.Epoch = r.where()
	if r.policy.Ephemeral {
		q.resumeEphemeral(a)
		return a, nil
	}
	if err := r.overtaken(ctx, q, a); err != nil {
		return nil, err
	}
	if !q.resumes(a) {
		return a, h.newest(ctx, r, a, min(q.Limit, MaxPage))
	}
	a.Recovered = true
	switch missed := int(a.Head - *q.Since); {
	case q.Follow:
		a.Head = *q.Since
		return a, nil
	case missed == 0:
		return a, nil
	default:
		if page := r.remembered(*q.Since+1, a.Head); page != nil {
			a.Events = page
			return a, nil
		}
		return h.readMissed(ctx, r, q, a, missed)
	}
}

// newest puts the newest page of the log into the answer.
func (h *Hub) newest(ctx context.Context, r *room, a *Joined, limit int) error {
	if limit == 0 || a.Head == 0 {
		return nil
	}
	if page := r.remembered(max(a.First, a.Head-int64(limit)+1), a.Head); page != nil {
		a.Events = page
		return nil
	}
	page, _, err := h.store.ReadBefore(ctx, r.name, a.Head+1, limit)
	a.Events = page
	return err
}

// readMissed reads from the log what was missed since q.Since.
func (h *Hub) readMissed(ctx context.Context, r *room, q *Join, a *Joined, missed int) (*Joined, error) {
	page, _, err := h.store.ReadAfter(ctx, r.name, *q.Since, missed)
	if err != nil {
		return nil, err
	}
	first := a.Head + 1
	if len(page) > 0 {
		first = page[0].Event.Seq
	}
	if first != *q.Since+1 { // the log was trimmed, maybe by another hub
		r.trimmed(first)
		return h.resume(ctx, r, q)
	}
	// A page may end early. Its end is then the head of this answer, and the rest
	// follows as events of the room.
	a.Events, a.Head = page, page[len(page)-1].Event.Seq
	return a, nil
}

// resumeEphemeral has the answer say where delivery from a room without a log goes on:
// for those who follow, with what is in memory, and room.gap tells of the rest.
func (q *Join) resumeEphemeral(a *Joined) {
	known := q.Since != nil && (q.Epoch == "" || q.Epoch == a.Epoch)
	a.Ephemeral, a.Recovered = true, known && *q.Since == a.Head
	if known && q.Follow {
		a.Head = min(a.Head, *q.Since)
	}
}

// overtaken looks into the log where the scope has seen more than the room, of
// another hub that was told first: the answer goes as far as it has seen.
func (r *room) overtaken(ctx context.Context, q *Join, a *Joined) error {
	if q.Since == nil || *q.Since <= a.Head || q.Epoch != "" && q.Epoch != a.Epoch {
		return nil
	}
	page, _, err := r.hub.store.ReadAfter(ctx, r.name, *q.Since-1, 1)
	if err != nil || len(page) == 0 || page[0].Event.Seq != *q.Since {
		return err
	}
	a.Head = *q.Since
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rung = max(r.rung, a.Head); r.rung > r.head {
		r.repairSoon()
	}
	return nil
}

// resumes reports whether the log as a says it stands holds all that came after
// q.Since, and whether that is little enough.
func (q *Join) resumes(a *Joined) bool {
	return q.Since != nil && (q.Epoch == "" || q.Epoch == a.Epoch) &&
		*q.Since <= a.Head && *q.Since >= a.First-1 && (q.Follow || a.Head-*q.Since <= MaxPage)
}

// Start begins delivery.
func (s *Subscription) Start() {
	s.mu.Lock()
	began := !s.started
	s.started = true
	if began && !s.ended {
		s.cursor = s.room.subscribe(s.format, s.reader, s.next)
	}
	removed := s.removed
	s.mu.Unlock()
	if began && removed {
		s.tellRemoved()
	}
}

// End ends delivery: when it returns, none is under way. More calls do nothing.
func (s *Subscription) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	s.admitted.Store(false)
	s.room.drop(s)
	if s.cursor != nil {
		s.room.unsubscribe(s.cursor)
	}
	s.room.exit(s.scope.User.ID)
	s.room.release()
}

// jsonLines is the format of those that read events, not frames.
type jsonLines struct{}

// Name implements [NamedFormat].
func (jsonLines) Name() string { return "consumer" }

func (jsonLines) Append(dst []byte, e *Entry) []byte {
	return append(append(dst, e.JSON...), '\n')
}

// eventReader sends each event of a room to a sender.
type eventReader struct {
	out Sender
	tag uint64 // of the join
	log *slog.Logger
}

func (r eventReader) Take(_ *Cursor, frames []byte) int {
	for line := range bytes.Lines(frames) {
		e, err := ParseEvent(line)
		if err != nil {
			r.log.Error("an event cannot be read and was not delivered", "error", err)
			continue
		}
		e.Tag = r.tag
		if r.out.Send(e) != nil {
			break // the scope ended; its subscriptions end with it
		}
	}
	return len(frames)
}
