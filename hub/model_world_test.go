package hub_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

const modelRoom = "lobby"

var modelRounds = flag.Int("model.rounds", 4, "rounds of each run of the property test")

// Any interleaving of sends, edits, deletions, reactions, presses, joins,
// resumes, trims and restarts gives every reader the same view as the model.
func TestEveryReaderSeesWhatTheModelSays(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3, 4, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			newWorld(t, seed).run()
		})
	}
}

// world is what the property test is about: hubs on a store, those who write to
// them, and those who read.
type world struct {
	t     *testing.T
	rand  *rand.Rand
	path  string
	opts  hub.Options
	model model

	mu      sync.RWMutex // for writing while the hubs are restarted
	store   hub.Store
	layer   *badLayer
	hubs    []*hub.Hub
	epoch   atomic.Int64 // of the hubs
	clients []*client

	noted    sync.Mutex
	accepted map[int64]*taken // by seq
	messages []*taken
	refused  []refusal
	said     int // texts so far
	trims    bool
	first    int64
}

// taken is a command that was accepted, and the event that the model has of it.
type taken struct {
	user  string
	cmd   hub.Event
	event hub.Event
}

// refusal is a command that was not.
type refusal struct {
	user  string
	cmd   hub.Event
	taken *taken // the other use of its ref, where it was given one on purpose
	err   error
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{
		t: t, rand: rand.New(rand.NewPCG(seed, 0)), path: filepath.Join(t.TempDir(), "hubbub.db"),
		accepted: make(map[int64]*taken), first: 1,
	}
	w.opts.Frames = 4 << 10 << w.rand.IntN(9)
	w.start()
	t.Cleanup(w.end)
	for i := range 6 {
		c := newClient(w, fmt.Sprint("reader", i))
		c.moody, c.plain, c.weary = i%3 == 1, i%3 == 2, i == 0 || i > 3
		w.clients = append(w.clients, c)
	}
	return w
}

func (w *world) start() {
	var err error
	if w.store, err = sqlite.Open(context.Background(), w.path); err != nil {
		w.t.Fatal(err)
	}
	w.layer = &badLayer{Layer: hub.NewMemoryLayer(), rand: rand.New(rand.NewPCG(w.rand.Uint64(), 0))}
	w.hubs = []*hub.Hub{hub.New(w.store, w.layer, w.opts), hub.New(w.store, w.layer, w.opts)}
}

func (w *world) end() {
	for _, h := range w.hubs {
		h.Close()
	}
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) restart() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.epoch.Add(1)
	w.end()
	w.start()
}

func (w *world) hub(r *rand.Rand) (h *hub.Hub, epoch int64) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.hubs[r.IntN(len(w.hubs))], w.epoch.Load()
}

// ended reports whether the hubs of that epoch were closed.
func (w *world) ended(epoch int64) bool { return w.epoch.Load() != epoch }

func (w *world) run() {
	for range *modelRounds {
		w.round()
		if w.t.Failed() {
			return
		}
		if w.rand.IntN(3) == 0 {
			w.restart()
		}
	}
	for _, c := range w.clients {
		c.leave()
	}
}

// round has everybody write and read, and then checks what they know.
func (w *world) round() {
	const writers, each = 6, 25
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	said, may := w.said, w.texts()
	w.trims = w.rand.IntN(3) == 0
	var writing, reading sync.WaitGroup
	for _, c := range w.clients {
		r := w.fork()
		reading.Go(func() { c.live(ctx, r) })
	}
	for i := range writers {
		r := w.fork()
		writing.Go(func() {
			for range each {
				w.act(r, fmt.Sprint("writer", i%3))
			}
		})
	}
	if w.rand.IntN(3) == 0 {
		w.restart()
	}
	writing.Wait()
	stop()
	reading.Wait()
	w.settle(said, may)
}

func (w *world) fork() *rand.Rand { return rand.New(rand.NewPCG(w.rand.Uint64(), 0)) }

// texts returns those that may be read.
func (w *world) texts() map[string]bool {
	_, texts, err := w.model.messages()
	if err != nil {
		w.t.Error(err)
	}
	return texts
}

// settle waits until the readers that read were told all, and checks what they
// know. said and may are the texts as they stood at the last time.
func (w *world) settle(said int, may map[string]bool) {
	w.model = model{first: w.first}
	for seq := int64(1); seq <= int64(len(w.accepted)); seq++ {
		if w.accepted[seq] == nil {
			w.t.Fatalf("%d events were accepted, and none as seq %d", len(w.accepted), seq)
		}
		w.model.log = append(w.model.log, w.accepted[seq].event)
	}
	want, now, err := w.model.messages()
	if err != nil {
		w.t.Error(err)
		return
	}
	w.checkRefused(want)
	w.ring()
	w.level()
	for _, c := range w.clients {
		if c.sub != nil && w.ended(c.epoch) {
			c.leave()
		}
		if c.weary && w.rand.IntN(2) == 0 { // it is away or behind until some later time
			c.search(said, may)
			continue
		}
		if c.sub == nil {
			c.join(w.rand)
		}
		c.stop(false)
		if !c.await(deadline(w.t), func() bool { return c.last == int64(len(w.model.log)) }) {
			w.t.Fatalf("%s: is at seq %d of %d", c.name, c.last, len(w.model.log))
		}
		c.search(said, may)
		c.check(&w.model, want, false)
	}
	for i := range 4 {
		c := newClient(w, fmt.Sprint("writer", i))
		if i%2 == 0 {
			c.join(w.rand)
			c.leave()
		} else {
			c.browse(w.rand)
			if n := len(c.heard); n != len(w.model.log)+1-int(w.first) {
				w.t.Errorf("history has %d events, from %d to %d", n, w.first, len(w.model.log))
			}
		}
		c.search(w.said, now)
		c.check(&w.model, want, true)
	}
}

// ring has all hubs told of the newest event: that a doorbell was lost at the
// very end is found by the comparison of heads, not built yet.
func (w *world) ring() {
	page, _, err := w.store.ReadBefore(w.t.Context(), modelRoom, int64(len(w.model.log))+1, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range page {
		if err := w.layer.Layer.Publish(w.t.Context(), modelRoom, e); err != nil {
			w.t.Fatal(err)
		}
	}
}

// level waits until all hubs stand at the end of the log.
func (w *world) level() {
	for _, h := range w.hubs {
		eventually(w.t, "a hub reads what it was not told", func() bool {
			sub, joined, err := h.Join(w.t.Context(), scope("reader"), &hub.Event{Type: hub.TypeRoomJoin, Room: modelRoom}, newReader(false))
			if err != nil {
				return false
			}
			sub.End()
			return joined.Head == int64(len(w.model.log))
		})
	}
}

// act has a user do something.
func (w *world) act(r *rand.Rand, user string) {
	switch at := r.IntN(100); {
	case at < 3:
		if w.trims {
			w.trim(r)
		}
	case at < 13:
		w.again(r, user)
	default:
		cmd := w.command(r, user)
		if at < 20 { // twice at the same time, by way of different hubs maybe
			var both sync.WaitGroup
			both.Go(func() { w.say(w.source(), user, cmd, nil) })
			defer both.Wait()
		}
		w.say(w.source(), user, cmd, nil)
	}
}

// source returns a source of chances for one goroutine.
func (w *world) source() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), 0)) }

// command makes a command of the user's own, which may be one to be refused.
func (w *world) command(r *rand.Rand, user string) hub.Event {
	w.noted.Lock()
	defer w.noted.Unlock()
	w.said++
	cmd := hub.Event{Type: hub.TypeSendMessage, Room: modelRoom, Ref: fmt.Sprint("ref", w.said)}
	at := r.IntN(100)
	if n := len(w.messages); n > 0 && at >= 30 {
		of := w.messages[max(0, n-1-r.IntN(12))]
		if at < 65 && r.IntN(8) > 0 { // one of the user's own
			if i := lastIndex(w.messages, func(m *taken) bool { return m.user == user && r.IntN(3) == 0 }); i >= 0 {
				of = w.messages[i]
			}
		}
		cmd.Target = of.event.ID
	}
	text := fmt.Sprintf("say%d.", w.said)
	switch {
	case cmd.Target == "":
		cmd.Text = text
		if r.IntN(3) == 0 {
			cmd.Buttons = []hub.Button{{Action: "go", Label: "Go"}}
		}
	case at < 58:
		cmd.Type, cmd.Text = hub.TypeEditMessage, text
	case at < 65:
		cmd.Type = hub.TypeDeleteMessage
	case at < 92:
		cmd.Type, cmd.Detail = hub.TypeReact, &hub.Reaction{Emoji: []string{"👍", "🫖"}[r.IntN(2)], Remove: r.IntN(2) == 0}
	default:
		cmd.Type, cmd.Detail = hub.TypePressButton, &hub.Press{Action: []string{"go", "stop"}[r.IntN(2)]}
	}
	return cmd
}

func lastIndex(all []*taken, is func(*taken) bool) int {
	for i, m := range slices.Backward(all) {
		if is(m) {
			return i
		}
	}
	return -1
}

// logged are the types of the events that commands become.
var logged = map[string]string{
	hub.TypeSendMessage: hub.TypeReceivedMessage, hub.TypeEditMessage: hub.TypeEditedMessage, hub.TypeDeleteMessage: hub.TypeDeletedMessage,
	hub.TypeReact: hub.TypeReacted, hub.TypePressButton: hub.TypePressedButton,
}

// say says cmd until it has an outcome. was is what was accepted before by that
// ref.
func (w *world) say(r *rand.Rand, user string, cmd hub.Event, was *taken) {
	s := scope(user)
	for ctx := deadline(w.t); ctx.Err() == nil; {
		w.noted.Lock()
		first := w.first
		w.noted.Unlock()
		h, epoch := w.hub(r)
		type outcome struct {
			entry *hub.Entry
			err   error
		}
		done := make(chan outcome, 2)
		h.Publish(w.t.Context(), s, &cmd, func(e *hub.Entry, err error) { done <- outcome{e, err} })
		o := <-done
		if hub.CodeOf(o.err) == hub.Unavailable && w.ended(epoch) {
			continue
		}
		if o.err != nil {
			w.refuse(refusal{user, cmd, was, o.err})
			return
		}
		e := cmd
		e.Type, e.ID, e.Seq, e.From = logged[cmd.Type], o.entry.Event.ID, o.entry.Event.Seq, s.Participant()
		w.accept(&taken{user, cmd, e}, first)
		return
	}
	w.t.Errorf("no outcome of %+v", cmd)
}

// accept notes what was accepted, when the log was known to begin with first.
func (w *world) accept(a *taken, first int64) {
	w.noted.Lock()
	defer w.noted.Unlock()
	seq := a.event.Seq
	if was := w.accepted[seq]; was != nil {
		if was.user != a.user || was.cmd.Ref != a.cmd.Ref || was.event.ID != a.event.ID {
			w.t.Errorf("seq %d is\n%+v and\n%+v", seq, was.event, a.event)
		}
		return
	}
	if i := lastIndex(w.messages, func(m *taken) bool { return m.event.ID == a.cmd.Target }); i >= 0 {
		if w.messages[i].event.Seq < first {
			w.t.Errorf("of a message that was trimmed at %d was accepted %+v", first, a.cmd)
		}
		if p, ok := a.event.Detail.(*hub.Press); ok {
			a.event.Detail = &hub.Press{Action: p.Action, Of: w.messages[i].event.From.ID}
		}
	}
	w.accepted[seq] = a
	if a.cmd.Type == hub.TypeSendMessage {
		w.messages = append(w.messages, a)
	}
}

func (w *world) refuse(r refusal) {
	w.noted.Lock()
	defer w.noted.Unlock()
	w.refused = append(w.refused, r)
}

// checkRefused fails if what was refused was refused without a reason.
func (w *world) checkRefused(now map[string]*message) {
	for _, r := range w.refused {
		ok := false
		i := lastIndex(w.messages, func(m *taken) bool { return m.event.ID == r.cmd.Target })
		switch code := hub.CodeOf(r.err); {
		case r.taken != nil:
			ok = code == hub.Conflict
		case i < 0:
		case code == hub.Conflict:
			ok = now[r.cmd.Target].deleted
		case code == hub.Forbidden:
			ok = w.messages[i].user != r.user
		case code == hub.NotFound:
			press, _ := r.cmd.Detail.(*hub.Press)
			ok = w.messages[i].event.Seq < w.first || press != nil && (press.Action == "stop" || w.messages[i].cmd.Buttons == nil)
		}
		if !ok {
			w.t.Errorf("%+v of %s was refused: %v", r.cmd, r.user, r.err)
		}
	}
	w.refused = nil
}

// again says once more what was accepted, or other things by its ref.
func (w *world) again(r *rand.Rand, user string) {
	w.noted.Lock()
	var own []*taken
	for _, seq := range slices.Sorted(maps.Keys(w.accepted)) {
		if a := w.accepted[seq]; a.user == user {
			own = append(own, a)
		}
	}
	w.noted.Unlock()
	if len(own) == 0 {
		return
	}
	a := own[r.IntN(len(own))]
	cmd := a.cmd
	if r.IntN(4) == 0 {
		cmd.Type, cmd.Text, cmd.Detail, cmd.Target, cmd.Buttons = hub.TypeSendMessage, "other", nil, "", nil
		w.say(r, user, cmd, a)
		return
	}
	w.say(r, user, cmd, nil)
}

// trim has the hubs trim the log, one after the other.
func (w *world) trim(r *rand.Rand) {
	w.mu.RLock() // no restart meanwhile
	defer w.mu.RUnlock()
	keep := hub.Keep{Events: 5 + r.Int64N(100)}
	for _, h := range w.hubs {
		if _, err := h.Trim(w.t.Context(), modelRoom, keep); err != nil && hub.CodeOf(err) != hub.NotFound {
			w.t.Error(err)
		}
	}
	info, err := w.store.OpenRoom(w.t.Context(), modelRoom, true)
	if err != nil {
		w.t.Error(err)
	}
	w.noted.Lock()
	defer w.noted.Unlock()
	if info.First > max(1, info.Head-5+1) {
		w.t.Errorf("trimmed to %d with %d events", info.First, info.Head)
	}
	w.first = max(w.first, info.First)
}

// kept returns what the room is to say of the refs that the user has used.
func (w *world) kept(user string) (all []hub.Kept) {
	w.noted.Lock()
	defer w.noted.Unlock()
	for seq := range int64(len(w.accepted)) {
		if a := w.accepted[seq+1]; a != nil && a.user == user {
			all = append(all, hub.Kept{Ref: a.cmd.Ref, ID: a.event.ID, Seq: seq + 1})
		}
	}
	return all[max(0, len(all)-hub.MaxRefs+1):]
}
