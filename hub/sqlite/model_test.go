package sqlite

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub"
)

// Whatever is done to it, and whenever its process ends, the store holds what a simple
// model does.
func TestTheStoreIsAsAModelHasIt(t *testing.T) {
	for range 12 {
		seed := uint64(time.Now().UnixNano())
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := &modelWorld{T: t, random: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), rooms: map[string]*modelLog{}}
			w.every = []int{1, 3, 40, indexEvery}[w.random.IntN(4)]
			w.start(w.dir)
			defer func() { _ = w.store.Close() }()
			for range 150 {
				w.step()
				w.check()
			}
		})
	}
}

// modelLog is a room's log.
type modelLog struct {
	events []hub.Event // from seq 1 on; messages as they stand
	first  int64
}

// modelWorld is a store and the model of it.
type modelWorld struct {
	*testing.T
	random *rand.Rand
	dir    string
	store  *Store
	rooms  map[string]*modelLog
	said   int
	every  int          // events that are not indexed before all are
	fails  atomic.Int64 // how the next COMMIT does
	did    string       // what came before a check
}

func (w *modelWorld) start(dir string) {
	w.Helper()
	s, err := Open(w.Context(), filepath.Join(dir, "hubbub.db"))
	if err != nil {
		w.Fatalf("after %s: %v", w.did, err)
	}
	s.IndexEvery(w.T, w.every)
	w.dir, w.store = dir, s
	w.ending()
}

// must fails the test where err is not nil.
func (w *modelWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", w.did, err)
	}
}

// step does something.
func (w *modelWorld) step() {
	name := w.room()
	steps := []struct {
		often int
		what  string
		do    func(string)
	}{
		{45, "a message", w.say},
		{14, "an edit", w.edit},
		{12, "a turn", w.turn},
		{6, "a trim", w.trim},
		{2, "a trim of all", w.trimAll},
		{4, "a deletion", w.remove},
		{3, "a transaction that fails", w.fail},
		{4, "a COMMIT that fails", w.failCommit},
		{2, "a room leaves memory", w.forget},
		{4, "a crash", func(string) { w.move(w.copied) }},
		{2, "a restart", func(string) { w.move(func() string { return w.dir }) }},
		{2, "a backup", func(string) { w.move(w.backedUp) }},
	}
	for i, n := 0, w.random.IntN(100); i < len(steps); i++ {
		if n -= steps[i].often; n < 0 {
			w.did = steps[i].what + " in " + name
			steps[i].do(name)
			return
		}
	}
}

// room returns one of a few, which is made where it is not there.
func (w *modelWorld) room() string {
	name := fmt.Sprint("room", w.random.IntN(4))
	if w.rooms[name] == nil {
		w.did = "making " + name
		_, err := w.store.OpenRoom(w.Context(), name, true)
		w.must(err)
		w.rooms[name] = &modelLog{first: 1}
	}
	return name
}

// message returns one that nobody said before, every second with a ref.
func (w *modelWorld) message(room string) hub.Event {
	w.said++
	e := hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Text: fmt.Sprint("message ", w.said), From: hub.Participant{ID: "ada"}}
	if w.random.IntN(2) == 0 {
		e.Ref = fmt.Sprint("ref", w.said)
	}
	return e
}

// change returns an edit of one of the room's events, and whether that can be edited.
func (w *modelWorld) change(room string) (e hub.Event, target *hub.Event) {
	e = w.message(room)
	e.Type, e.Target = hub.TypeEditedMessage, "nothing"
	log := w.rooms[room]
	if len(log.events) == 0 {
		return e, nil
	}
	at := w.random.IntN(len(log.events))
	e.Target = log.events[at].ID
	if log.events[at].Type != hub.TypeReceivedMessage || int64(at)+1 < log.first {
		return e, nil
	}
	return e, &log.events[at]
}

// append has the store take a, and reports whether it did not refuse it.
func (w *modelWorld) append(a hub.Append) bool {
	w.Helper()
	told := make(chan error, 1)
	var done hub.Appended
	a.Done = func(d hub.Appended, err error) {
		done = d
		told <- err
	}
	w.must(w.store.Append(w.Context(), a))
	if err := <-told; err != nil {
		if !refuses(err) {
			w.must(err)
		}
		return false
	}
	for _, entry := range append([]*hub.Entry{done.Entry}, done.Then...) {
		log := w.rooms[entry.Event.Room]
		if log.events = append(log.events, entry.Event); entry.Event.Seq != int64(len(log.events)) {
			w.Fatalf("%s: seq %d after %d events", w.did, entry.Event.Seq, len(log.events)-1)
		}
	}
	return true
}

func (w *modelWorld) say(room string) { w.append(hub.Append{Event: w.message(room)}) }

func (w *modelWorld) edit(room string) {
	e, target := w.change(room)
	if w.append(hub.Append{Event: e}) != (target != nil) {
		w.Fatalf("%s: taken, or refused, where that %v", w.did, target != nil)
	}
	w.edited(&e, target)
}

// edited looks the target up anew: what was appended since has moved the log.
func (w *modelWorld) edited(e, target *hub.Event) {
	if target != nil {
		w.rooms[e.Room].events[target.Seq-1].Text = e.Text
	}
}

// turn says something here, edits there and says or edits once more, or none of it.
func (w *modelWorld) turn(room string) {
	edit, target := w.change(w.room())
	a := hub.Append{Event: w.message(room), Then: []hub.Event{edit, w.message(room)}}
	undone := w.random.IntN(3) == 0
	if undone {
		a.Then[1].Type, a.Then[1].Target = hub.TypeEditedMessage, "nothing"
	}
	if taken := w.append(a); taken != (target != nil && !undone) {
		w.Fatalf("%s: taken is %v", w.did, taken)
	} else if taken {
		w.edited(&edit, target)
	}
}

func (w *modelWorld) trim(room string) {
	log, keep := w.rooms[room], int64(1+w.random.IntN(12))
	log.first = max(log.first, int64(len(log.events))-keep+1)
	_, _, err := w.store.Trim(w.Context(), room, hub.Keep{Events: keep})
	w.must(err)
}

func (w *modelWorld) trimAll(room string) {
	log := w.rooms[room]
	log.first = int64(len(log.events)) + 1
	for first := int64(0); first < log.first; { // the events are of this millisecond
		info, _, err := w.store.Trim(w.Context(), room, hub.Keep{Age: 1})
		w.must(err)
		first = info.First
	}
}

func (w *modelWorld) remove(room string) {
	w.must(w.store.DeleteRoom(w.Context(), room))
	delete(w.rooms, room)
}

func (w *modelWorld) fail(room string) {
	broken := errors.New("broken")
	err := w.store.do(w.Context(), func(t *tx) error {
		if _, err := t.put(w.message(room)); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		w.must(err)
	}
}

// ending fails COMMITs, before they are done or after: the one that is to fail, and some of
// what is indexed, of which nobody is told.
func (w *modelWorld) ending() {
	random := rand.New(rand.NewPCG(w.random.Uint64(), 0)) // the writer's
	w.store.ending(w.T, func(t *tx, commit func() error) error {
		fails := w.fails.Load()
		if len(t.swept) > 0 {
			fails = int64(max(0, random.IntN(8)-5))
		} else if fails == 0 {
			return commit()
		}
		w.fails.Store(0)
		if fails == before {
			return errBroken
		}
		return errors.Join(errBroken, commit())
	})
}

// How a COMMIT fails.
const (
	before = iota + 1
	after
)

var errBroken = errors.New("broken")

// failCommit has the COMMIT of a transaction fail, after which it may have committed.
func (w *modelWorld) failCommit(room string) {
	edit, target := w.change(room)
	remove, fails := w.random.IntN(8) == 0, int64(before+w.random.IntN(2))
	a := hub.Append{Event: w.message(room)}
	if target != nil && w.random.IntN(2) == 0 {
		a.Event = edit
	}
	var done hub.Appended
	err := w.store.do(w.Context(), func(t *tx) (err error) {
		w.fails.Store(fails)
		if remove {
			var p *pending
			if p, err = t.room(room); err == nil {
				err = t.unname(p)
			}
			return err
		}
		done, err = t.append(&a)
		return err
	})
	if !errors.Is(err, errBroken) {
		w.Fatalf("%s, %d: %v", w.did, fails, err)
	}
	switch log := w.rooms[room]; {
	case fails == before:
	case remove:
		delete(w.rooms, room)
	default:
		if log.events = append(log.events, done.Entry.Event); done.Entry.Event.Type == hub.TypeEditedMessage {
			w.edited(&done.Entry.Event, target)
		}
	}
}

func (w *modelWorld) forget(room string) {
	r, err := w.store.room(w.Context(), room)
	w.must(err)
	w.store.rooms.forget(r)
}

// move goes on with the files in another folder, after the process has ended.
func (w *modelWorld) move(to func() string) {
	dir := to()
	w.must(w.store.Close())
	w.start(dir)
}

// copied is as the process leaves its files when it is killed now.
func (w *modelWorld) copied() string {
	to := w.TempDir()
	w.must(os.CopyFS(to, os.DirFS(w.dir)))
	return to
}

func (w *modelWorld) backedUp() string {
	to := w.TempDir()
	report, err := Backup(w.Context(), filepath.Join(w.dir, "hubbub.db"), filepath.Join(to, "hubbub.db"))
	w.must(err)
	kept := int64(0)
	for _, log := range w.rooms {
		kept += int64(len(log.events)) - log.first + 1
	}
	if report.Rooms != len(w.rooms) || report.Events != kept {
		w.Errorf("the backup has %+v, want %d rooms and %d events", report, len(w.rooms), kept)
	}
	return to
}

// check compares all that can be read.
func (w *modelWorld) check() {
	w.Helper()
	infos, err := w.store.Rooms(w.Context(), "", hub.MaxPage)
	w.must(err)
	if len(infos) != len(w.rooms) {
		w.Fatalf("%s: %d rooms, want %d", w.did, len(infos), len(w.rooms))
	}
	for _, info := range infos {
		log := w.rooms[info.Name]
		if info.Head != int64(len(log.events)) || info.First != log.first {
			w.Fatalf("%s: %+v, want %d to %d", w.did, info, log.first, len(log.events))
		}
		var want []string
		for _, e := range log.events[log.first-1:] {
			want = append(want, short(&e))
		}
		for _, limit := range []int{3, hub.MaxPage} {
			w.same(info.Name, want, w.forwards(info, limit))
			w.same(info.Name, want, w.backwards(info, limit))
		}
		w.refs(info.Name, log)
	}
}

// short tells what a log holds of an event. What edits say is not compared: a later one
// takes it away.
func short(e *hub.Event) string {
	if e.Type != hub.TypeReceivedMessage {
		return fmt.Sprintf("%d %s", e.Seq, e.ID)
	}
	return fmt.Sprintf("%d %s %s", e.Seq, e.ID, e.Text)
}

func (w *modelWorld) same(room string, want, got []string) {
	w.Helper()
	if want, got := strings.Join(want, "\n"), strings.Join(got, "\n"); want != got {
		w.Fatalf("%s: %s is\n%s\nwant\n%s", w.did, room, got, want)
	}
}

// forwards reads the log from its start, by pages.
func (w *modelWorld) forwards(info hub.RoomInfo, limit int) (all []string) {
	after := int64(0)
	for more := true; more; {
		var page []*hub.Entry
		var err error
		page, more, err = w.store.ReadAfter(w.Context(), info.Name, after, limit)
		w.must(err)
		for _, e := range page {
			all, after = append(all, short(&e.Event)), e.Event.Seq
		}
	}
	return all
}

// backwards reads the log from its end, by pages.
func (w *modelWorld) backwards(info hub.RoomInfo, limit int) (all []string) {
	before := info.Head + 1
	for more := true; more; {
		var page []*hub.Entry
		var err error
		page, more, err = w.store.ReadBefore(w.Context(), info.Name, before, limit)
		w.must(err)
		var part []string
		for _, e := range page {
			part = append(part, short(&e.Event))
		}
		if all = append(part, all...); len(page) > 0 {
			before = page[0].Event.Seq
		}
	}
	return all
}

// refs proves that all are known, also those of events that were trimmed.
func (w *modelWorld) refs(room string, log *modelLog) {
	w.Helper()
	var refs []string
	var want []hub.Kept
	for _, e := range log.events {
		if e.Ref != "" {
			refs, want = append(refs, e.Ref), append(want, hub.Kept{Ref: e.Ref, ID: e.ID, Seq: e.Seq})
		}
	}
	got, err := w.store.Kept(w.Context(), room, "ada", refs)
	w.must(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Fatalf("%s: of %s these refs are known\n%v\nwant\n%v", w.did, room, got, want)
	}
}
