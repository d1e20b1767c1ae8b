package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mattn/go-sqlite3"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// IndexEvery has all events indexed when so many are not, two rooms in a commit.
func (s *Store) IndexEvery(t *testing.T, every int) {
	t.Helper()
	if err := s.do(t.Context(), func(*tx) error { // where it is read
		s.indexEvery, s.indexRows = every, 2
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// ending has the function be the writer's COMMIT from now on; it may be called by it.
func (s *Store) ending(t *testing.T, end func(t *tx, commit func() error) error) {
	t.Helper()
	if err := s.do(t.Context(), func(t *tx) error {
		commit := t.w.end
		t.w.end = func() error { // of this transaction, still as it was
			t.w.end = func() error { return end(t, commit) }
			return commit()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// indexAll indexes all events in this transaction.
func (t *tx) indexAll() error {
	for room := range t.w.store.fresh.Load().runs {
		if err := (&indexing{room, &sweep{}}).do(t); err != nil {
			return err
		}
	}
	return t.notePos(indexedKey, t.w.next-1)
}

// openIndexing opens the store in dir.
func openIndexing(t *testing.T, dir string, every int) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(dir, "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.IndexEvery(t, every)
	return s
}

// What a store promises holds whether or not events are indexed, and while they are.
func TestAStoreThatIndexes(t *testing.T) {
	for _, test := range []struct {
		name  string
		every int
	}{{"one by one", 1}, {"three at a time", 3}, {"never", math.MaxInt}} {
		t.Run(test.name, func(t *testing.T) {
			hubtest.TestStore(t, func(t *testing.T, dir string) hub.Store {
				t.Helper()
				return openIndexing(t, dir, test.every)
			})
		})
	}
}

// counts returns how many events the file has, and how many of them are indexed.
func (s *Store) counts(t *testing.T) (all, with int) {
	t.Helper()
	err := s.read.QueryRowContext(t.Context(),
		`SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM `+indexedEvents+`)`).Scan(&all, &with)
	if err != nil {
		t.Fatal(err)
	}
	return all, with
}

// say appends a message to each of the rooms, one commit each.
func (s *Store) say(t *testing.T, rooms ...string) {
	t.Helper()
	for _, room := range rooms {
		if appendTo(t.Context(), s, message(room)) == nil {
			t.Fatalf("room %s does not take a message", room)
		}
	}
}

// settled waits until what follows on the last commit is done.
func (s *Store) settled(t *testing.T) {
	t.Helper()
	if err := s.do(t.Context(), func(*tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// make makes rooms and returns their names.
func (s *Store) make(t *testing.T, names ...string) []string {
	t.Helper()
	for _, name := range names {
		if _, err := s.OpenRoom(t.Context(), name, true); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// Events are indexed some at a time, and all of them when the store is closed.
func TestEventsAreIndexed(t *testing.T) {
	dir := t.TempDir()
	s := openIndexing(t, dir, 10)
	for i := range 25 {
		s.say(t, s.make(t, fmt.Sprint("room", i%3))...)
	}
	s.settled(t)
	if events, indexed := s.counts(t); events != 25 || indexed < 20 || indexed == 25 {
		t.Errorf("of %d events %d are indexed", events, indexed)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIndexing(t, dir, 10)
	defer s.Close()
	if events, indexed := s.counts(t); events != 25 || indexed != 25 || len(s.fresh.Load().runs) != 0 {
		t.Errorf("closed: of %d events %d are indexed, and the rest of %d rooms in memory", events, indexed, len(s.fresh.Load().runs))
	}
}

// Where the index cannot be written, everything else goes on, and it is tried again.
func TestAnIndexThatFails(t *testing.T) {
	s := openIndexing(t, t.TempDir(), 5)
	defer s.Close()
	rooms := s.make(t, "attic", "lobby")
	alter := func(statement string) {
		t.Helper()
		if err := s.do(t.Context(), func(t *tx) error {
			_, err := t.w.conn.ExecContext(t.w.ctx, statement)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	alter(`CREATE TRIGGER broken BEFORE INSERT ON positions BEGIN SELECT raise(ABORT, 'broken'); END`)
	for range 40 {
		s.say(t, rooms...)
	}
	if page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 100); err != nil || len(page) != 40 {
		t.Errorf("read %d, %v", len(page), err)
	}
	if failed := s.Stats().Failed; failed < 2 || failed > 40 {
		t.Errorf("%d transactions failed: it is to be tried again, and not with each event", failed)
	}
	alter(`DROP TRIGGER broken`)
	for range 10 {
		s.say(t, "attic")
	}
	s.settled(t)
	if _, indexed := s.counts(t); indexed < 80 {
		t.Errorf("mended, %d events are indexed", indexed)
	}
}

// No seq is given twice: where the file's index has it, indexing fails.
func TestASeqIsNotIndexedTwice(t *testing.T) {
	s := openIndexing(t, t.TempDir(), math.MaxInt)
	defer s.Close()
	s.say(t, s.make(t, "lobby")...)
	if err := s.do(t.Context(), func(t *tx) error {
		_, err := t.w.conn.ExecContext(t.w.ctx, `INSERT INTO positions SELECT room, seq, pos, '[0]' FROM events`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.do(t.Context(), (*tx).indexAll); troubleOf(err) != &damaged {
			t.Errorf("indexed twice: %v", err)
		}
	}
}

// A row's place is not given to another, also after a crash: what is known of it, which is
// gone, would be believed.
func TestAPosIsNotUsedAgain(t *testing.T) {
	dir := t.TempDir()
	s := openIndexing(t, dir, math.MaxInt)
	defer func() { _ = s.Close() }()
	s.make(t, "lobby")
	s.say(t, "lobby", "lobby", "lobby")
	for first := int64(1); first < 4; { // the events are of this millisecond
		info, _, err := s.Trim(t.Context(), "lobby", hub.Keep{Age: 1})
		if err != nil {
			t.Fatal(err)
		}
		first = info.First
	}
	crashed := t.TempDir()
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIndexing(t, crashed, math.MaxInt)
	s.say(t, "lobby", "lobby")
	if page, more, err := s.ReadAfter(t.Context(), "lobby", 0, 10); err != nil || more || fmt.Sprint(seqs(page)) != "[4 5]" {
		t.Errorf("read %v, more %t, %v", seqs(page), more, err)
	}
}

// A page that is read by what was known before retention took some of it has no hole,
// and is not taken for the last one.
func TestAPageOfWhatWasTrimmedSince(t *testing.T) {
	s := openIndexing(t, t.TempDir(), math.MaxInt)
	defer s.Close()
	s.make(t, "lobby")
	for range 2 * mostPage {
		s.say(t, "lobby")
	}
	r, err := s.room(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	then := s.fresh.Load().of(r.id)
	if _, _, err := s.Trim(t.Context(), "lobby", hub.Keep{Events: 8}); err != nil {
		t.Fatal(err)
	}
	s.say(t, "lobby")
	const first, last = 2*mostPage - 7, 2 * mostPage
	for _, test := range []struct {
		span
		limit     int
		low, high int64
		more      bool
	}{
		{span{low: 1, high: math.MaxInt64}, 3, first, first + 2, true},
		{span{low: 1, high: math.MaxInt64}, 20, first, last, false},
		{span{low: last - 1, high: math.MaxInt64}, 20, last - 1, last, false},
		{span{high: last, newest: true}, 3, last - 1, last - 3, true},
		{span{high: math.MaxInt64, newest: true}, 20, last, first, false},
	} {
		test.kept, test.columns = true, `e.origin, e.body`
		page, more, err := s.readPage(t.Context(), r, then, test.span, test.limit)
		if err != nil || len(page) == 0 || more != test.more || page[0].Event.Seq != test.low || page[len(page)-1].Event.Seq != test.high {
			t.Errorf("%+v: %d events, more %t, %v; want %d to %d, %t", test.span, len(page), more, err, test.low, test.high, test.more)
		}
	}
}

// Who reads while events come, are indexed and trimmed finds no hole in a page, and no
// end before what was acknowledged.
func TestReadersBesideTheWriter(t *testing.T) {
	s := openIndexing(t, t.TempDir(), 7)
	defer s.Close()
	s.make(t, "lobby")
	for i := range 50 {
		s.make(t, fmt.Sprint("attic", i))
	}
	s.say(t, "lobby")
	if _, err := s.Admit(t.Context(), "lobby", hub.Participant{ID: "eve"}); err != nil {
		t.Fatal(err)
	}
	var said atomic.Int64
	said.Store(1)
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	others.Go(func() {
		for ctx.Err() == nil && appendTo(t.Context(), s, message("lobby")) != nil {
			said.Add(1)
		}
	})
	others.Go(func() {
		for keep := int64(1); ctx.Err() == nil; keep = keep%20 + 1 {
			if _, _, err := s.Trim(t.Context(), "lobby", hub.Keep{Events: keep}); err != nil {
				t.Error(err)
			}
		}
	})
	for back := int64(0); said.Load() < 1500; back = (back + 1) % 25 {
		last := said.Load()
		after := max(0, last-1-back)
		page, more, err := s.ReadAfter(t.Context(), "lobby", after, 10)
		if err != nil || len(page) == 0 || !more && page[len(page)-1].Event.Seq < last {
			t.Fatalf("after %d of %d: %v, more %t, %v", after, last, seqs(page), more, err)
		}
		rooms, err := s.Rooms(t.Context(), "", 100)
		if head := rooms[len(rooms)-1].Head; err != nil || head < last {
			t.Fatalf("the list says head %d of %d, %v", head, last, err)
		}
		unread, err := s.Unread(t.Context(), "eve", "eve")
		if err != nil || len(unread) != 1 || unread[0].Head < last {
			t.Fatalf("unread of %d are %+v, %v", last, unread, err)
		}
		before, _, err := s.ReadBefore(t.Context(), "lobby", last+1, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range [][]*hub.Entry{page, before} {
			if n := int64(len(page)); n > 0 && page[n-1].Event.Seq != page[0].Event.Seq+n-1 {
				t.Fatalf("a page is %v", seqs(page))
			}
		}
	}
}

func seqs(page []*hub.Entry) (all []int64) {
	for _, e := range page {
		all = append(all, e.Event.Seq)
	}
	return all
}

// While it is not known whether a commit was, nothing is written; then all is known.
func TestACommitThatIsInDoubt(t *testing.T) {
	s := openIndexing(t, t.TempDir(), math.MaxInt)
	defer s.Close()
	s.make(t, "lobby")
	s.say(t, "lobby")
	var writer *sql.Conn
	if err := s.do(t.Context(), func(t *tx) error {
		if _, err := t.append(&hub.Append{Event: message("lobby")}); err != nil {
			return err
		}
		writer = t.w.conn
		// Committed; and what tells so cannot be read.
		_, err := writer.ExecContext(t.w.ctx, `COMMIT; CREATE TEMP TABLE positions (room)`)
		return err
	}); err == nil {
		t.Error("the transaction did not fail")
	}
	for range 2 {
		if appendTo(t.Context(), s, message("lobby")) != nil {
			t.Error("the room took a message")
		}
		if page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 10); err != nil || len(page) != 1 {
			t.Errorf("read %v, %v", seqs(page), err)
		}
	}
	if _, err := writer.ExecContext(t.Context(), `DROP TABLE temp.positions`); err != nil {
		t.Fatal(err)
	}
	if e := appendTo(t.Context(), s, message("lobby")); e == nil || e.Event.Seq != 3 {
		t.Errorf("then the room goes on with %+v", e)
	}
	if page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 10); err != nil || len(page) != 3 {
		t.Errorf("then read %v, %v", seqs(page), err)
	}
}

// What a COMMIT left that said that the file is damaged is not done once more.
func TestACommitThatSaysDamaged(t *testing.T) {
	s := openIndexing(t, t.TempDir(), math.MaxInt)
	defer s.Close()
	s.make(t, "lobby")
	s.ending(t, func(t *tx, commit func() error) error {
		if err := commit(); err != nil || len(t.appended) < 3 {
			return err
		}
		return sqlite3.Error{Code: sqlite3.ErrCorrupt}
	})
	var all []*asked
	s.together(t, func() {
		for range 3 {
			all = append(all, s.ask(t, message("lobby")))
		}
	})
	for _, a := range all {
		if err := <-a.told; err == nil {
			t.Error("a message was acknowledged")
		}
	}
	if page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 10); err != nil || len(page) != 3 {
		t.Errorf("three messages were sent; there are %v, %v", seqs(page), err)
	}
}

// A doubt that is settled when the store is closed leaves nothing that is not indexed.
func TestADoubtWhenTheStoreIsClosed(t *testing.T) {
	dir := t.TempDir()
	s := openIndexing(t, dir, math.MaxInt)
	s.make(t, "attic", "lobby")
	s.say(t, "attic")
	var writer *sql.Conn
	s.ending(t, func(t *tx, commit func() error) error {
		if err := commit(); err != nil || writer != nil {
			return err
		}
		writer = t.w.conn // whatever tells that it was committed cannot be read
		_, err := writer.ExecContext(t.w.ctx, `CREATE TEMP TABLE positions (room)`)
		return errors.Join(errors.New("the disk fails"), err)
	})
	if appendTo(t.Context(), s, message("lobby")) != nil {
		t.Error("the message was acknowledged")
	}
	if _, err := writer.ExecContext(t.Context(), `DROP TABLE temp.positions`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(t.Context(), s.path, math.MaxInt64); err != nil {
		t.Errorf("looked at: %v", err)
	}
	s = openIndexing(t, dir, math.MaxInt)
	defer s.Close()
	if e := appendTo(t.Context(), s, message("lobby")); e == nil || e.Event.Seq != 2 {
		t.Errorf("the room goes on with %+v", e)
	}
}

// A room whose index is damaged keeps no other from being indexed, or from going on.
func TestOneIndexThatIsDamaged(t *testing.T) {
	for _, test := range []struct{ name, damage string }{
		{"offsets", `UPDATE positions SET offsets = replace(offsets, ',', ';') WHERE room = 2`},
		{"last", `UPDATE positions SET last = last + 1000000 WHERE room = 2`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openIndexing(t, t.TempDir(), 0)
			defer s.Close()
			s.make(t, "attic", "lobby")
			s.say(t, "lobby", "lobby", "attic")
			s.IndexEvery(t, 50)
			page, _, err := s.ReadAfter(t.Context(), "lobby", 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.do(t.Context(), func(t *tx) error {
				_, err := t.w.conn.ExecContext(t.w.ctx, test.damage)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			edit := message("lobby")
			edit.Type, edit.Target = hub.TypeEditedMessage, page[0].Event.ID
			var all []*asked
			s.together(t, func() {
				for i := range 200 {
					e := message("attic")
					if i%20 == 0 {
						e = edit
					}
					all = append(all, s.ask(t, e))
				}
			})
			for _, one := range all {
				if err := <-one.told; err != nil && one.room == "attic" {
					t.Fatalf("the other room: %v", err)
				}
			}
			s.settled(t)
			if n := len(s.fresh.Load().of(1).pos); n >= 100 {
				t.Errorf("%d events of the other room are not indexed", n)
			}
		})
	}
}

// asked is a message that was handed to the store.
type asked struct {
	room string
	told chan error
}

func (s *Store) ask(t *testing.T, e hub.Event) *asked {
	t.Helper()
	a := &asked{e.Room, make(chan error, 1)}
	if err := s.Append(t.Context(), hub.Append{Event: e, Done: func(_ hub.Appended, err error) { a.told <- err }}); err != nil {
		t.Fatal(err)
	}
	return a
}

// together has what is handed to the writer meanwhile wait, so that it is one transaction.
func (s *Store) together(t *testing.T, hand func()) {
	t.Helper()
	began, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	if err := s.submit(t.Context(), &asking{
		work: func(*tx) error { close(began); <-release; return nil },
		told: func(err error) { done <- err },
	}); err != nil {
		t.Fatal(err)
	}
	<-began
	hand()
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// The index is made anew where the row is missing that says how far it goes, as the cure
// of a damaged file has it; and what it lacks is found.
func TestAnIndexThatIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	s := openIndexing(t, dir, math.MaxInt)
	s.make(t, "lobby", "attic")
	for range 100 {
		s.say(t, "lobby", "attic", "lobby")
	}
	if _, _, err := s.Trim(t.Context(), "lobby", hub.Keep{Events: 90}); err != nil {
		t.Fatal(err)
	}
	want := read(t, s, "lobby") + read(t, s, "attic")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	alter := func(statement string) {
		t.Helper()
		db, err := open(s.path, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := Inspect(t.Context(), s.path, math.MaxInt64); err != nil || r.Events != 190 {
		t.Errorf("looked at: %+v, %v", r, err)
	}
	alter(`DELETE FROM positions WHERE room = 2`) // what a damaged page leaves
	if _, err := Inspect(t.Context(), s.path, math.MaxInt64); troubleOf(err) != &damaged || !strings.Contains(err.Error(), "100 events cannot be found") {
		t.Errorf("looked at: %v", err)
	}
	alter(`DELETE FROM state WHERE key = '` + indexedKey + `'`)
	s = openIndexing(t, dir, math.MaxInt)
	defer s.Close()
	if got := read(t, s, "lobby") + read(t, s, "attic"); got != want {
		t.Errorf("made anew: %s; want %s", got, want)
	}
	if e := appendTo(t.Context(), s, message("attic")); e == nil || e.Event.Seq != 101 {
		t.Errorf("the room goes on with %+v", e)
	}
}

// read returns which events of the room there are.
func read(t *testing.T, s *Store, room string) string {
	t.Helper()
	page, more, err := s.ReadAfter(t.Context(), room, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(room, seqs(page), more)
}

// A room does not have the id of one that is gone: who was to read of that does not read
// of this.
func TestARoomHasAnIDOfItsOwn(t *testing.T) {
	s := openIndexing(t, t.TempDir(), math.MaxInt)
	defer s.Close()
	ids := map[int64]bool{}
	for range 3 {
		s.say(t, s.make(t, "lobby")...)
		r, err := s.room(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		if ids[r.id] {
			t.Errorf("%d is an id once more", r.id)
		}
		ids[r.id] = true
		if err := s.DeleteRoom(t.Context(), "lobby"); err != nil {
			t.Fatal(err)
		}
		s.purges.Wait()
	}
}

func message(room string) hub.Event {
	return hub.Event{Type: hub.TypeReceivedMessage, Room: room, ID: hub.NewID(), Text: "hi", From: hub.Participant{ID: "ada"}}
}
