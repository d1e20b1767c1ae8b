package hub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newStore opens a store that ends with the test.
func newStore(t testing.TB) hub.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newHub(t testing.TB, store hub.Store, layer hub.Layer, opts hub.Options) *hub.Hub {
	t.Helper()
	h := hub.New(store, layer, opts)
	t.Cleanup(h.Close)
	return h
}

func scope(user string) *hub.Scope {
	return &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: user, Name: user, Kind: hub.Guest}}
}

// publish sends a message and waits for the outcome.
func publish(ctx context.Context, h *hub.Hub, s *hub.Scope, room, ref, text string) (*hub.Entry, error) {
	type outcome struct {
		entry *hub.Entry
		err   error
	}
	done := make(chan outcome, 2)
	h.Publish(ctx, s, &hub.Event{Type: hub.TypeSendMessage, Room: room, Ref: ref, Text: text},
		func(e *hub.Entry, err error) { done <- outcome{e, err} })
	o := <-done
	return o.entry, o.err
}

func mustPublish(t testing.TB, h *hub.Hub, s *hub.Scope, room, ref, text string) *hub.Entry {
	t.Helper()
	e, err := publish(t.Context(), h, s, room, ref, text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// lines is a format of the tests' own, one JSON object a line.
type lines struct{}

func (lines) Append(dst []byte, e *hub.Entry) []byte { return append(append(dst, e.JSON...), '\n') }

// EventJSON implements [hub.EventFormat].
func (lines) EventJSON(frame []byte) []byte { return frame[:len(frame)-1] }

// reader is a participant who notes what it is given. A moody one refuses what
// it is offered, or a part of it, and asks for more a little later.
type reader struct {
	moody bool

	mu      sync.Mutex
	changed sync.Cond
	seqs    []int64
	said    []hub.Event // unlogged
	stopped bool        // takes nothing until it is woken
	cursor  *hub.Cursor
	wakes   sync.WaitGroup
}

func newReader(moody bool) *reader {
	r := &reader{moody: moody}
	r.changed.L = &r.mu
	return r
}

func (r *reader) Send(hub.Event) error                           { return nil }
func (r *reader) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, r }

func (r *reader) Take(c *hub.Cursor, frames []byte) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		r.cursor = c
		return 0
	}
	took := 0
	for line := range bytes.Lines(frames) {
		if r.moody && rand.IntN(4) == 0 {
			r.wakes.Go(c.Wake)
			break
		}
		took += len(line)
		e, err := hub.ParseEvent(line)
		if err != nil {
			panic(err)
		}
		if e.Seq == 0 {
			r.said = append(r.said, e)
		} else {
			r.seqs = append(r.seqs, e.Seq)
		}
	}
	r.changed.Broadcast()
	return took
}

// stop has the reader take nothing; the function it returns ends that.
func (r *reader) stop() (resume func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	return func() {
		r.mu.Lock()
		r.stopped = false
		c := r.cursor
		r.mu.Unlock()
		if c != nil {
			c.Wake()
		}
	}
}

// await waits until done holds of what the reader was given.
func (r *reader) await(t testing.TB, what string, done func() bool) {
	t.Helper()
	stop := context.AfterFunc(deadline(t), r.changed.Broadcast)
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for ctx := deadline(t); !done(); r.changed.Wait() {
		if ctx.Err() != nil {
			t.Fatalf("waited for %s; got %d events, the last %v", what, len(r.seqs), last(r.seqs))
		}
	}
}

func deadline(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func last(seqs []int64) int64 {
	if len(seqs) == 0 {
		return 0
	}
	return seqs[len(seqs)-1]
}

// awaitSeq waits for the event of that seq, and fails unless all from first on
// came, each once and in order.
func (r *reader) awaitSeq(t testing.TB, first, seq int64) {
	t.Helper()
	r.await(t, fmt.Sprint("seq ", seq), func() bool { return last(r.seqs) >= seq })
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, got := range r.seqs {
		if got != first+int64(i) {
			t.Fatalf("event %d after joining has seq %d, want %d", i, got, first+int64(i))
		}
	}
}

func join(t testing.TB, h *hub.Hub, s *hub.Scope, room string, q *hub.Join, out hub.Sender) (*hub.Subscription, *hub.Joined) {
	t.Helper()
	sub, joined, err := h.Join(t.Context(), s, &hub.Event{Type: hub.TypeRoomJoin, Room: room, Detail: q}, out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sub.End)
	return sub, joined
}

// Promise 2, with promise 6 and memory for a few events only: whoever joins
// when, and however it reads, sees every event from then on, once, in order.
func TestEveryReaderSeesTheLog(t *testing.T) {
	const senders, each, readers = 8, 100, 24
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{Frames: 8 << 10})
	mustPublish(t, h, scope("first"), "lobby", "", "the room is there")

	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			s := scope(fmt.Sprint("sender", i))
			for n := range each {
				if _, err := publish(t.Context(), h, s, "lobby", fmt.Sprint(n), "hello, hello"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	const end = senders*each + 1
	for i := range readers {
		all.Go(func() {
			r, s := newReader(i%2 == 0), scope(fmt.Sprint("reader", i))
			since := int64(0)
			sub, joined := join(t, h, s, "lobby", &hub.Join{Since: &since}, r)
			for rejoin := range 3 {
				for _, e := range joined.Events {
					r.seqs = append(r.seqs, e.Event.Seq)
				}
				if !joined.Recovered || last(r.seqs) != joined.Head {
					t.Errorf("resumed: recovered %v, head %d, events to %d", joined.Recovered, joined.Head, last(r.seqs))
				}
				sub.Start()
				upTo := int64(end)
				if rejoin < 2 {
					upTo = min(end, joined.Head+1+rand.Int64N(200))
				}
				r.awaitSeq(t, 1, upTo)
				sub.End()
				since = last(r.seqs)
				sub, joined = join(t, h, s, "lobby", &hub.Join{Since: &since, Epoch: joined.Epoch}, r)
			}
			sub.End()
			r.wakes.Wait()
		})
	}
	all.Wait()
}

// Promise 6: who does not read delays nobody, and goes on from the log.
func TestAReaderThatStops(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{Frames: 4 << 10})
	s := scope("ada")
	stopped, reads := newReader(false), newReader(false)
	for _, r := range []*reader{stopped, reads} {
		sub, _ := join(t, h, scope("reader"), "lobby", nil, r)
		sub.Start()
	}
	resume := stopped.stop()
	for range 500 {
		mustPublish(t, h, s, "lobby", "", "a text that fills the frames in memory soon enough")
	}
	reads.awaitSeq(t, 1, 500)
	if stopped.seqs != nil {
		t.Errorf("a reader that stopped was given %d events", len(stopped.seqs))
	}
	resume()
	stopped.awaitSeq(t, 1, 500)
}

// badLayer loses, repeats and crosses what it carries.
type badLayer struct {
	hub.Layer
	mu   sync.Mutex
	rand *rand.Rand
	held *hub.Entry
}

func (l *badLayer) Publish(ctx context.Context, room string, e *hub.Entry) error {
	l.mu.Lock()
	mood, held := l.rand.IntN(5), l.held
	l.held = nil
	if mood == 0 {
		l.held = e
	}
	l.mu.Unlock()
	var err error
	for _, e := range map[int][]*hub.Entry{0: {held}, 1: {held}, 2: {e, held}, 3: {e, e, held}, 4: {held, e}}[mood] {
		if e != nil {
			err = l.Layer.Publish(ctx, room, e)
		}
	}
	return err
}

// The log is the truth: what the layer does wrong, hubs put right from it.
func TestTwoHubsOnABadLayer(t *testing.T) {
	const each = 300
	store := newStore(t)
	layer := &badLayer{Layer: hub.NewMemoryLayer(), rand: rand.New(rand.NewPCG(1, 2))}
	hubs := []*hub.Hub{newHub(t, store, layer, hub.Options{}), newHub(t, store, layer, hub.Options{})}
	var readers []*reader
	for i, h := range hubs {
		r := newReader(false)
		sub, _ := join(t, h, scope(fmt.Sprint("reader", i)), "lobby", nil, r)
		sub.Start()
		readers = append(readers, r)
	}
	var senders sync.WaitGroup
	for i, h := range hubs {
		senders.Go(func() {
			for range each {
				if _, err := publish(t.Context(), h, scope(fmt.Sprint("sender", i)), "lobby", "", "hi"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	// The last one rings again until nobody lacks anything: a doorbell that is
	// lost at the very end is found by the comparison of heads, not built yet.
	good := layer.Layer
	last, err := store.OpenRoom(t.Context(), "lobby", false)
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := store.ReadAfter(t.Context(), "lobby", last.Head-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := good.Publish(t.Context(), "lobby", page[0]); err != nil {
		t.Fatal(err)
	}
	for _, r := range readers {
		r.awaitSeq(t, 1, 2*each)
	}
}

func TestUnlessItReadsFramesASenderIsSentEvents(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	got := make(events, 10)
	sub, _ := join(t, h, scope("ada"), "lobby", nil, got)
	sub.Start()
	sent := mustPublish(t, h, scope("bob"), "lobby", "r", "hi")
	for e := range got {
		if e.Seq == 0 { // presence and members
			continue
		}
		if e.Seq != sent.Event.Seq || e.Text != "hi" || e.From != sent.Event.From {
			t.Errorf("was sent %+v, want %+v", e, sent.Event)
		}
		break
	}
}

// events is a sender without the power to read frames.
type events chan hub.Event

func (c events) Send(e hub.Event) error {
	c <- e
	return nil
}

// countingStore counts what is read from it.
type countingStore struct {
	hub.Store
	reads atomic.Int64
}

func (s *countingStore) ReadAfter(ctx context.Context, room string, after int64, limit int) ([]*hub.Entry, bool, error) {
	s.reads.Add(1)
	return s.Store.ReadAfter(ctx, room, after, limit)
}

// A reader that refused is left alone until it asks, also one that has to go on
// from the store.
func TestWhoRefusesCostsNothing(t *testing.T) {
	store := &countingStore{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{Frames: 2 << 10, Gap: -1})
	s, reads := scope("ada"), newReader(false)
	sub, _ := join(t, h, scope("reader"), "lobby", nil, reads)
	sub.Start()
	var refusing []*reader
	var resumes []func()
	for i := range 20 {
		r := newReader(false)
		sub, _ := join(t, h, scope(fmt.Sprint("refusing", i)), "lobby", nil, r)
		sub.Start()
		refusing, resumes = append(refusing, r), append(resumes, r.stop())
	}
	const total = 200
	for range total {
		mustPublish(t, h, s, "lobby", "", "a text that fills the frames in memory soon enough")
	}
	reads.awaitSeq(t, 1, total)
	if n := store.reads.Load(); n > 20 {
		t.Errorf("the store was read %d times for readers that refuse", n)
	}
	for i, r := range refusing {
		resumes[i]()
		r.awaitSeq(t, 1, total)
	}
}

func TestARefusedRejoinLeavesTheSubscription(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	out := make(events, 100)
	consumer, err := chat.New(h)(t.Context(), scope("ada"), out)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close(t.Context(), nil)
	if err := consumer.Handle(t.Context(), hub.Event{Type: hub.TypeRoomJoin, Room: "lobby"}); err != nil {
		t.Fatal(err)
	}
	since := int64(-1)
	if err := consumer.Handle(t.Context(), hub.Event{Type: hub.TypeRoomJoin, Room: "lobby", Detail: &hub.Join{Since: &since}}); hub.CodeOf(err) != hub.Invalid {
		t.Fatalf("joined since -1: %v", err)
	}
	mustPublish(t, h, scope("bob"), "lobby", "", "still there?")
	for e := range out {
		if e.Type == hub.TypeReceivedMessage {
			break
		}
	}
}

// troubled is a store that fails now and then.
type troubled struct {
	hub.Store
	reads   atomic.Int64 // to fail
	appends atomic.Int64 // to be committed and reported as failed
}

var errTroubled = errors.New("the disk is busy")

func (s *troubled) ReadAfter(ctx context.Context, room string, after int64, limit int) ([]*hub.Entry, bool, error) {
	if s.reads.Add(-1) >= 0 {
		return nil, false, errTroubled
	}
	return s.Store.ReadAfter(ctx, room, after, limit)
}

func (s *troubled) Append(ctx context.Context, a hub.Append) error {
	if s.appends.Add(-1) >= 0 {
		done := a.Done
		a.Done = func(hub.Appended, error) { done(hub.Appended{}, errTroubled) }
	}
	return s.Store.Append(ctx, a)
}

// One failure of the store does not leave a laggard behind for ever.
func TestALaggardOutlivesAFailureOfTheStore(t *testing.T) {
	store := &troubled{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{Frames: 2 << 10})
	r := newReader(false)
	sub, _ := join(t, h, scope("reader"), "lobby", nil, r)
	sub.Start()
	resume := r.stop()
	for range 100 {
		mustPublish(t, h, scope("ada"), "lobby", "", "a text that fills the frames in memory soon enough")
	}
	store.reads.Store(1)
	resume()
	r.awaitSeq(t, 1, 100)
}

// A commit that was taken for a failure is told when it is tried again, though
// nothing is written then.
func TestACommitThatWasReportedAsFailed(t *testing.T) {
	store := &troubled{Store: newStore(t)}
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{})
	r := newReader(false)
	sub, _ := join(t, h, scope("reader"), "lobby", nil, r)
	sub.Start()
	store.appends.Store(1)
	if _, err := publish(t.Context(), h, scope("ada"), "lobby", "r1", "hi"); hub.CodeOf(err) != hub.Unavailable {
		t.Fatalf("the failure was told as %v", err)
	}
	mustPublish(t, h, scope("ada"), "lobby", "r1", "hi")
	r.awaitSeq(t, 1, 1)
}
