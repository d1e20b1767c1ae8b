package sqlite_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

const (
	cutSenders      = 4
	cutMessages     = 60  // of each sender, half of them after a restart
	cutWindow       = 3   // sent by a sender and not acknowledged
	checkpointEvery = 12  // messages of a sender
	cutImages       = 120 // beside those of the first opening
)

// Promise 3 through a cut of the power: whatever the disk had made of what was
// not synced, the file opens again, and what was acknowledged is there.
func TestPowerCut(t *testing.T) {
	d, there := onDisk(t)
	if there {
		powerCutWork(t, d)
		return
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	ops := readJournal(t, d.journal)
	first, kinds := 0, map[byte]int{}
	checkpointed := false
	for i, o := range ops {
		if kinds[o.kind]++; o.kind == opAck && first == 0 {
			first = i
		}
		checkpointed = checkpointed || first > 0 && o.kind == opSync && o.name == filepath.Base(d.file())
	}
	t.Logf("seed %d: %d operations, %d before the first acknowledgement: %d writes, %d syncs, %d acknowledgements, %d files made and %d removed",
		seed, len(ops), first, kinds[opWrite], kinds[opSync], kinds[opAck], kinds[opCreate], kinds[opUnlink])
	if !checkpointed || kinds[opUnlink] < 3 {
		t.Error("the run had no checkpoint or no restart, and proves less than it should")
	}

	// Every moment of the first opening, and some of the rest.
	cuts := make(map[int][]survival)
	for at := range first {
		cuts[at] = []survival{all, synced, some}
	}
	for range cutImages {
		at := first + random.IntN(len(ops)-first)
		cuts[at] = append(cuts[at], survival(random.IntN(3)))
	}
	cuts[len(ops)-1] = append(cuts[len(ops)-1], all, synced)

	var checks sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	files := newPlatter()
	promised := promises{rooms: map[string]string{}, events: map[string]ack{}, values: map[string]int{}}
	for at, o := range ops {
		if o.kind == opAck {
			promised.add(t, o.data)
		} else {
			files.do(o)
		}
		for i, what := range cuts[at] {
			image := filepath.Join(t.ArtifactDir(), fmt.Sprintf("cut-%d-%d", at, i))
			files.write(t, image, what, random)
			c := cut{T: t, promises: promised.clone(), name: fmt.Sprintf("cut after operation %d, %s kept (seed %d)", at, what, seed)}
			slots <- struct{}{}
			checks.Go(func() {
				defer func() { <-slots }()
				if c.check(filepath.Join(image, "hubbub.db")) {
					_ = os.RemoveAll(image)
				}
			})
		}
	}
	checks.Wait()
}

// powerCutWork does what a hub does to its store, and stops and starts it once.
func powerCutWork(t *testing.T, d disk) {
	t.Helper()
	acks := d.acks(t)
	for half := range 2 {
		s := d.open(t)
		db, err := sql.Open("sqlite3", "file:"+d.file()+"?_synchronous=FULL")
		if err != nil {
			t.Fatal(err)
		}
		w := cutWorker{t, s, acks, db}
		for _, room := range []string{"a", "b", "c"} {
			w.room(room)
		}
		var senders sync.WaitGroup
		for sender := range cutSenders {
			senders.Go(func() { w.send(sender, half*cutMessages/2+1, (half+1)*cutMessages/2) })
		}
		senders.Wait()
		if err := errors.Join(db.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

type cutWorker struct {
	*testing.T
	store *sqlite.Store
	acks  acks
	db    *sql.DB // beside the store's own connections
}

func (w cutWorker) room(name string) {
	info, err := w.store.OpenRoom(w.Context(), name, true)
	if err != nil {
		w.Error(err)
	}
	w.acks.write(ack{Room: name, Epoch: info.Epoch})
}

func (w cutWorker) send(sender, from, to int) {
	window := make(chan struct{}, cutWindow)
	kept := make(chan hub.Event, cutMessages) // acknowledged
	for n := from; n <= to; n++ {
		select {
		case e := <-kept:
			if n%3 == 0 {
				w.react(e)
			}
		default:
		}
		room := string("abc"[(sender+n)%3])
		if n%10 == 0 {
			room = fmt.Sprintf("room-%d-%d", sender, n)
			w.room(room)
		}
		window <- struct{}{}
		err := w.store.Append(w.Context(), hub.Append{
			Event: said(room, sender, n),
			State: []hub.State{{Key: senderKey(sender), Value: []byte(strconv.Itoa(n))}},
			Done: func(a hub.Appended, err error) {
				if err != nil {
					w.Error(err)
				} else {
					e := &a.Entry.Event
					w.acks.write(ack{Room: room, Ref: e.Ref, ID: e.ID, Seq: e.Seq})
					kept <- *e
				}
				<-window
			},
		})
		if err != nil {
			w.Error(err)
		}
		if n%checkpointEvery == 0 {
			w.checkpoint()
		}
		if n%5 == 0 {
			key := fmt.Sprint("alone/", sender)
			if err := w.store.SetState(w.Context(), hub.State{Key: key, Value: []byte(strconv.Itoa(n))}); err != nil {
				w.Error(err)
			}
			w.acks.write(ack{Key: key, Value: n})
		}
	}
	for range cutWindow {
		window <- struct{}{}
	}
}

// checkpoint takes what the write-ahead log holds into the file, as SQLite does
// by itself, only sooner: logs of a thousand pages make slow tests.
func (w cutWorker) checkpoint() {
	if _, err := w.db.ExecContext(w.Context(), "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		w.Error(err)
	}
}

// react changes a message that is in the log: its row is rewritten.
func (w cutWorker) react(to hub.Event) {
	e := to
	e.Type, e.ID, e.Ref, e.Text, e.Target, e.Detail = hub.TypeReacted, hub.NewID(), "", "", to.ID, &hub.Reaction{Emoji: "👍"}
	done := make(chan error, 1)
	err := w.store.Append(w.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { done <- err }})
	if err == nil {
		err = <-done
	}
	if err != nil {
		w.Error(err)
	}
}

func senderKey(sender int) string { return fmt.Sprint("sender/", sender) }

// promises is what was acknowledged up to a moment.
type promises struct {
	rooms  map[string]string // epochs
	events map[string]ack    // by ref
	values map[string]int    // by key
}

func (p *promises) add(t *testing.T, data []byte) {
	t.Helper()
	var a ack
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	switch {
	case a.Ref != "":
		p.events[a.Ref] = a
	case a.Room != "":
		p.rooms[a.Room] = a.Epoch
	default:
		p.values[a.Key] = a.Value
	}
}

// cut is one image of the disk and what must be found on it.
type cut struct {
	*testing.T
	promises
	name string
}

func (c *cut) errorf(format string, args ...any) bool {
	c.Helper()
	c.Errorf(c.name+": "+format, args...)
	return false
}

// check opens the file and reports whether it holds what it must.
func (c *cut) check(file string) (ok bool) {
	// The lock file is written past the shim, and never ahead of what is acknowledged.
	if err := os.WriteFile(file+".lock", fmt.Appendf(nil, "%19d\n", len(c.events)), 0o600); err != nil {
		return c.errorf("%v", err)
	}
	s, err := sqlite.Open(c.Context(), file)
	if err != nil {
		return c.errorf("%v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			ok = c.errorf("%v", err)
		}
	}()
	found := make([]map[int]bool, cutSenders) // messages by sender
	for i := range found {
		found[i] = map[int]bool{}
	}
	rooms, err := hub.AllRooms(c.Context(), s)
	if err != nil {
		return c.errorf("%v", err)
	}
	ok = true
	for _, r := range rooms {
		if epoch := c.rooms[r.Name]; epoch != "" && epoch != r.Epoch {
			ok = c.errorf("room %s is of another epoch", r.Name)
		}
		delete(c.rooms, r.Name)
		ok = c.checkRoom(s, r, found) && ok
	}
	for name := range c.rooms {
		ok = c.errorf("room %s is lost", name)
	}
	for ref := range c.events {
		ok = c.errorf("message %s is lost", ref)
	}
	return c.checkState(s, found) && ok
}

// checkRoom proves that the room's log is whole as far as it goes, and goes on.
func (c *cut) checkRoom(s *sqlite.Store, r hub.RoomInfo, found []map[int]bool) bool {
	var next int64 = 1
	var last hub.Event
	revs, reacted := make(map[string]int64), make(map[string]int64) // by message: up to which seq it stands, and was changed
	for more := true; more; {
		var page []*hub.Entry
		var err error
		if page, more, err = s.ReadAfter(c.Context(), r.Name, next-1, 500); err != nil {
			return c.errorf("%v", err)
		}
		for _, entry := range page {
			e := &entry.Event
			if e.Type == hub.TypeReacted && e.Seq == next {
				reacted[e.Target] = e.Seq
				next++
				continue
			}
			if st, ok := e.Detail.(*hub.Standing); ok {
				revs[e.ID] = st.Rev
			}
			var sender, n int
			if _, err := fmt.Sscanf(e.Ref, "%d-%d", &sender, &n); err != nil || e.Seq != next || e.Text != textOf(e.Ref, n) || found[sender][n] {
				return c.errorf("room %s has %+v where seq %d should be", r.Name, e, next)
			}
			if a, ok := c.events[e.Ref]; ok && (a.Seq != e.Seq || a.ID != e.ID || a.Room != r.Name) {
				return c.errorf("message %s is seq %d, acknowledged as %+v", e.Ref, e.Seq, a)
			}
			kept, err := s.Kept(c.Context(), r.Name, e.From.ID, []string{e.Ref})
			if err != nil || len(kept) != 1 || kept[0] != (hub.Kept{Ref: e.Ref, ID: e.ID, Seq: e.Seq}) {
				return c.errorf("message %s is said to be kept as %+v, %v", e.Ref, kept, err)
			}
			delete(c.events, e.Ref)
			found[sender][n] = true
			last = *e
			next++
		}
	}
	if !maps.Equal(revs, reacted) {
		return c.errorf("room %s has messages that stand at %v, changed at %v", r.Name, revs, reacted)
	}
	if r.Head != next-1 {
		return c.errorf("room %s has the head %d and %d events", r.Name, r.Head, next-1)
	}
	if last.Seq != 0 {
		if a, err := put(c.Context(), s, last); err != nil || !a.Repeated || a.Entry.Event.Seq != last.Seq {
			return c.errorf("message %s again: %+v, %v", last.Ref, a, err)
		}
	}
	if a, err := put(c.Context(), s, said(r.Name, cutSenders, 1)); err != nil || a.Entry.Event.Seq != next {
		return c.errorf("room %s goes on with %+v, %v; want seq %d", r.Name, a.Entry, err, next)
	}
	return true
}

// checkState proves that each sender's messages are the first of those it sent,
// and that its row is of the last of them.
func (c *cut) checkState(s *sqlite.Store, found []map[int]bool) bool {
	value := func(key string) (n int) {
		v, err := s.State(c.Context(), key)
		if err == nil && v != nil {
			n, err = strconv.Atoi(string(v))
		}
		if err != nil {
			c.errorf("%v", err)
		}
		return n
	}
	for sender, messages := range found {
		for n := range len(messages) {
			if !messages[n+1] {
				return c.errorf("message %d-%d is missing, of %d", sender, n+1, len(messages))
			}
		}
		if n := value(senderKey(sender)); n != len(messages) {
			return c.errorf("state of sender %d is of message %d, the last is %d", sender, n, len(messages))
		}
	}
	for key, want := range c.values {
		if n := value(key); n < want {
			return c.errorf("state %s is %d, acknowledged %d", key, n, want)
		}
	}
	return true
}

func (p *promises) clone() promises {
	return promises{maps.Clone(p.rooms), maps.Clone(p.events), maps.Clone(p.values)}
}
