package bots

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

// faultyStore is a store whose writes for bots can be made to fail. What it is
// asked to write for others it writes.
type faultyStore struct {
	hub.Store
	mu     sync.Mutex
	writes int
	// fault is told the number of each write for a bot, from 1.
	fault func(n int) fault
}

type fault int

const (
	none   fault = iota
	fails        // not written, and said so
	lost         // written, and not said: an error instead
	silent       // written, and nothing said
)

var errFaulty = errors.New("the disk is full")

func (s *faultyStore) next() fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.fault == nil {
		return none
	}
	return s.fault(s.writes)
}

func (s *faultyStore) set(f func(int) fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes, s.fault = 0, f
}

func (s *faultyStore) Append(ctx context.Context, a hub.Append) error {
	if a.Event.From.Kind != hub.Bot {
		return s.Store.Append(ctx, a)
	}
	switch done := a.Done; s.next() {
	case fails:
		done(hub.Appended{}, errFaulty)
		return nil
	case lost:
		a.Done = func(hub.Appended, error) { done(hub.Appended{}, errFaulty) }
	case silent:
		a.Done = func(hub.Appended, error) {}
	}
	return s.Store.Append(ctx, a)
}

func (s *faultyStore) SetState(ctx context.Context, rows ...hub.State) error {
	switch s.next() {
	case fails:
		return errFaulty
	case lost, silent:
		return errors.Join(s.Store.SetState(ctx, rows...), errFaulty)
	}
	return s.Store.SetState(ctx, rows...)
}

// rig is a hub on a store in a file, that can be started anew.
type rig struct {
	*testing.T
	path  string
	store *faultyStore
	hub   *hub.Hub
	logs  *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t, path: filepath.Join(t.TempDir(), "hub.db"), logs: &lockedBuffer{}}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *rig) start() {
	r.Helper()
	s, err := sqlite.Open(r.Context(), r.path)
	if err != nil {
		r.Fatal(err)
	}
	r.store = &faultyStore{Store: s}
	r.hub = hub.New(r.store, hub.NewMemoryLayer(), hub.Options{Logger: slog.New(slog.DiscardHandler)})
}

func (r *rig) stop() {
	r.hub.Close()
	if err := r.store.Close(); err != nil {
		r.Error(err)
	}
}

func (r *rig) restart() {
	r.Helper()
	r.stop()
	r.start()
}

func (r *rig) run(drain time.Duration, bots ...Bot) *Runner {
	r.Helper()
	runner, err := StartBots(r.Context(), r.hub, r.store, bots, Options{
		Logger: slog.New(slog.NewTextHandler(r.logs, nil)), Drain: drain,
	})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(runner.Close)
	return runner
}

// say has a person say something, and returns when it is committed.
func (r *rig) say(texts ...string) {
	r.Helper()
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "ada", Name: "Ada", Kind: hub.Person}}
	r.sayAs(s, texts...)
}

func (r *rig) sayAs(s *hub.Scope, texts ...string) {
	r.Helper()
	results := make(chan error, len(texts))
	for _, text := range texts {
		r.hub.Publish(r.Context(), s, &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: text},
			func(_ *hub.Entry, err error) { results <- err })
	}
	for range texts {
		if err := <-results; err != nil {
			r.Fatal(err)
		}
	}
}

// log returns all of the room's messages.
func (r *rig) log() []*hub.Entry {
	r.Helper()
	var all []*hub.Entry
	for more, after := true, int64(0); more; {
		var page []*hub.Entry
		var err error
		if page, more, err = r.store.ReadAfter(context.Background(), "lobby", after, 1000); err != nil {
			r.Fatal(err)
		}
		all = append(all, page...)
		after += int64(len(page))
	}
	return all
}

// answers returns what bots said.
func (r *rig) answers() []string {
	r.Helper()
	var texts []string
	for _, e := range r.log() {
		if e.Event.From.Kind == hub.Bot {
			texts = append(texts, e.Event.Text)
		}
	}
	return texts
}

// watch returns a channel that is told what bots say from now on.
func (r *rig) watch() <-chan string {
	r.Helper()
	return r.watchRoom("lobby")
}

func (r *rig) watchRoom(room string) <-chan string {
	r.Helper()
	w := make(watcher, 10000)
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "eve", Name: "Eve", Kind: hub.Person}}
	sub, _, err := r.hub.Join(r.Context(), s, &hub.Event{Type: hub.TypeRoomJoin, Room: room}, w)
	if err != nil {
		r.Fatal(err)
	}
	sub.Start()
	return w
}

type watcher chan string

func (w watcher) Send(e hub.Event) error {
	if e.From.Kind == hub.Bot {
		w <- e.Text
	}
	return nil
}

// await waits for n answers.
func await(t *testing.T, w <-chan string, n int) []string {
	t.Helper()
	var got []string
	timeout := time.After(20 * time.Second)
	for len(got) < n {
		select {
		case text := <-w:
			got = append(got, text)
		case <-timeout:
			t.Fatalf("got only %q", got)
		}
	}
	return got
}

// awaitAnswers waits until the log holds n answers.
func (r *rig) awaitAnswers(n int) {
	r.Helper()
	for range 4000 {
		if len(r.answers()) >= n {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	r.Fatalf("got only %q", r.answers())
}

func (r *rig) bookmark(bot string) bookmark {
	r.Helper()
	b, err := readBookmark(context.Background(), r.store, bookmarkKey(bot, "lobby"))
	if err != nil || b == nil {
		r.Fatalf("bookmark %v, %v", b, err)
	}
	return *b
}

func testBot(id string, app hub.Application) Bot {
	return Bot{ID: id, Name: strings.ToUpper(id), Rooms: []string{"lobby"}, App: app}
}

// echo answers a message with its text, "two …" with two messages.
func echo() (hub.Application, *probe) {
	p := &probe{handle: func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
		if strings.HasPrefix(e.Text, "quiet") {
			return nil
		}
		texts := []string{"re " + e.Text}
		if strings.HasPrefix(e.Text, "two") {
			texts = append(texts, "again "+e.Text)
		}
		for _, text := range texts {
			if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Text: text}); err != nil {
				return err
			}
		}
		return nil
	}}
	return p.app, p
}

func TestBotsAnswer(t *testing.T) {
	r := newRig(t)
	w := r.watch()
	defs, err := Load(filepath.Join("..", "configs", "bots"))
	if err != nil {
		t.Fatal(err)
	}
	runner, err := Start(t.Context(), r.hub, r.store, defs, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	offered := func() (all []string) {
		list, err := r.hub.Commands(t.Context(), (&Bot{ID: "x"}).scope(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list.Commands {
			all = append(all, c.Usage+" of "+c.Bot.Name+": "+c.About)
		}
		return all
	}
	if got, want := offered(), []string{
		"/best of Dice: Says how large a die you have thrown.", "/dice [sides] of Dice: Throws a die.", "/greetings of Greeter: Says how often you were greeted.",
		"/page <what…> of On call: Calls whoever is on call.", "/ping of Greeter: Answers pong.",
		"/rota set <names…> of On call: Says who is on call, in turn: /rota set Ada Bob.", "/rota of On call: Says whose turn it is.",
	}; !slices.Equal(got, want) {
		t.Errorf("what they answer to is %q, want %q", got, want)
	}
	r.say("hello")
	if got := await(t, w, 1); got[0] != "Hello Ada!" {
		t.Errorf("got %q", got)
	}
	r.say("/ping", "kettle!", "/dice", "nothing")
	if got := await(t, w, 3); !slices.Contains(got, "pong") {
		t.Errorf("got %q", got)
	}
	for _, e := range r.log() {
		if e := e.Event; e.Text == "Hello Ada!" {
			want := hub.Participant{ID: "bot:greeter", Name: "Greeter", Kind: hub.Bot, Via: "bot"}
			if e.From != want || !strings.HasPrefix(e.Ref, "re:") || hub.CheckRef(e.Ref) != nil {
				t.Errorf("answer %+v", e)
			}
		}
	}
	runner.Close()
	if got := offered(); len(got) > 0 {
		t.Errorf("after they stopped they answer to %q", got)
	}
}

func TestScopesOpenAndClose(t *testing.T) {
	r := newRig(t)
	w := r.watch()
	app, p := echo()
	closed := make(chan struct{}, 10)
	bot := testBot("b", func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		c, err := app(ctx, s, out)
		return closeHook{c, closed}, err
	})
	bot.Idle = 20 * time.Millisecond
	runner := r.run(0, bot)
	r.say("a")
	await(t, w, 1)
	<-closed
	wantNotes(t, p, "open ada", "ada: a", "ada is idle", "close ada false")
	r.say("b")
	await(t, w, 1)
	<-closed
	r.say("c")
	await(t, w, 1)
	runner.Close()
	runner.Close()
	<-closed
	wantNotes(t, p, "open ada", "ada: b", "ada is idle", "close ada false", "open ada", "ada: c", "ada is restart", "close ada false")
}

type closeHook struct {
	hub.Consumer
	closed chan<- struct{}
}

func (h closeHook) Close(ctx context.Context, cause error) {
	h.Consumer.Close(ctx, cause)
	h.closed <- struct{}{}
}

func TestBotsDoNotHearBots(t *testing.T) {
	r := newRig(t)
	w := r.watch()
	app1, _ := echo()
	app2, _ := echo()
	runner := r.run(0, testBot("one", app1), testBot("two", app2))
	r.say("a", "b")
	await(t, w, 4)
	r.say("c")
	await(t, w, 2)
	runner.Close()
	if got := r.answers(); len(got) != 6 {
		t.Errorf("got %q", got)
	}
}

func TestAnswersKeepTheirOrder(t *testing.T) {
	r := newRig(t)
	app, _ := echo()
	runner := r.run(0, testBot("b", app))
	w := r.watch()
	var texts, want []string
	for i := range 500 {
		texts = append(texts, fmt.Sprint(i))
		want = append(want, fmt.Sprint("re ", i))
	}
	r.say(texts...)
	if got := await(t, w, len(want)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	runner.Close()
	if b, head := r.bookmark("b"), r.log(); b.Seq < int64(len(head)-len(texts)) {
		t.Errorf("bookmark %+v of %d", b, len(head))
	}
}

func TestRestart(t *testing.T) {
	r := newRig(t)
	app, p := echo()
	r.say("before the bot")
	runner := r.run(0, testBot("b", app))
	w := r.watch()
	r.say("a", "quiet")
	await(t, w, 1)
	runner.Close()
	r.say("b", "two c")
	r.restart()
	w = r.watch()
	p.taken()
	runner = r.run(0, testBot("b", app))
	r.say("d")
	if got, want := await(t, w, 4), []string{"re b", "re two c", "again two c", "re d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	runner.Close()
	r.restart()
	p.taken()
	r.run(0, testBot("b", app)).Close()
	wantNotes(t, p)
	if got := r.answers(); len(got) != 5 {
		t.Errorf("got %q", got)
	}
}

// A message that was deleted while the bot was away is not answered.
func TestDeletedWhileAway(t *testing.T) {
	r := newRig(t)
	app, _ := echo()
	r.say("before the bot")
	r.run(0, testBot("b", app)).Close()
	r.say("gone")
	all := r.log()
	done := make(chan error, 1)
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "ada", Name: "Ada", Kind: hub.Person}}
	r.hub.Publish(t.Context(), s, &hub.Event{Type: hub.TypeDeleteMessage, Room: "lobby", Target: all[len(all)-1].Event.ID},
		func(_ *hub.Entry, err error) { done <- err })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.say("here")
	w := r.watch()
	r.run(0, testBot("b", app))
	if got := await(t, w, 1); got[0] != "re here" {
		t.Errorf("got %q", got)
	}
}

// TestOtherAnswerToTheSameEvent has a bot look at an event again whose answer
// is one of several, as a list of replies is.
func TestOtherAnswerToTheSameEvent(t *testing.T) {
	r := newRig(t)
	app, _ := echo()
	runner := r.run(0, testBot("b", app))
	start := r.bookmark("b")
	w := r.watch()
	r.say("a", "b")
	await(t, w, 2)
	runner.Close()
	if err := r.store.SetState(t.Context(), start.row(bookmarkKey("b", "lobby"))); err != nil {
		t.Fatal(err)
	}
	r.restart()
	w = r.watch()
	p := &probe{handle: func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
		return out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "other " + e.Text})
	}}
	runner = r.run(0, testBot("b", p.app))
	r.say("c")
	await(t, w, 1)
	runner.Close()
	if got, want := r.answers(), []string{"re a", "re b", "other c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.logs.String() != "" {
		t.Errorf("log %s", r.logs)
	}
}

// TestDeathAtEveryWrite has the process die at each of the writes that the bot
// makes, in each way, and checks that after a restart every message has its
// answers, once and in order.
func TestDeathAtEveryWrite(t *testing.T) {
	said := []string{"a", "two b", "quiet", "c", "d", "two e", "quiet"}
	want := []string{"re a", "re two b", "again two b", "re c", "re d", "re two e", "again two e"}
	for _, how := range []fault{fails, lost, silent} {
		for n := 1; n <= 12; n++ {
			t.Run(fmt.Sprintf("%d at %d", how, n), func(t *testing.T) {
				r := newRig(t)
				app, _ := echo()
				r.run(0, testBot("b", app)).Close() // so that it has a bookmark
				r.say(said[:3]...)
				w := r.watch()
				r.store.set(func(i int) fault {
					switch {
					case i < n:
						return none
					case i == n:
						return how
					default: // dead
						return fails
					}
				})
				runner := r.run(50*time.Millisecond, testBot("b", app))
				if n > 3 {
					await(t, w, 3)
				}
				r.say(said[3:]...)
				runner.Close()
				r.restart()
				mark, before := r.bookmark("b"), r.log()
				whole := map[string]int{} // answers that are one turn are one commit
				for _, e := range before {
					if of, two := strings.CutPrefix(e.Event.Text, "re two "); two {
						whole[of]++
					} else if of, two := strings.CutPrefix(e.Event.Text, "again two "); two {
						whole[of]--
					}
				}
				for of, n := range whole {
					if n != 0 {
						t.Errorf("of the two answers to %s the log has one", of)
					}
				}
				w = r.watch()
				runner = r.run(0, testBot("b", app))
				r.say("end")
				for got := ""; got != "re end"; {
					got = await(t, w, 1)[0]
				}
				runner.Close()
				if got := r.answers(); !slices.Equal(got[:len(got)-1], want) {
					t.Errorf("got %q, want %q; bookmark %+v after %d events", got, want, mark, len(before))
				}
				for _, e := range r.log() {
					if mark := r.bookmark("b"); e.Event.Text == "end" && mark.Seq < e.Event.Seq {
						t.Errorf("the bookmark stays at %+v, before %d", mark, e.Event.Seq)
					}
				}
			})
		}
	}
}

func TestFailingStoreIsTriedAgain(t *testing.T) {
	for name, f := range map[string]fault{"fails": fails, "lost": lost} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			app, _ := echo()
			runner := r.run(0, testBot("b", app))
			r.store.set(func(n int) fault {
				if n%3 != 0 && n < 30 {
					return f
				}
				return none
			})
			var texts, want []string
			for i := range 10 {
				texts = append(texts, fmt.Sprint(i))
				want = append(want, fmt.Sprint("re ", i))
			}
			r.say(texts...)
			r.awaitAnswers(len(want)) // in the log: what is lost is not announced either
			runner.Close()
			if s := runner.Stats(); f == fails && (s.Answers != 10 || s.Retried == 0) {
				t.Errorf("counted %+v", s)
			}
			got := r.answers()
			if f == lost && !slices.Equal(got, want) { // what fails may be overtaken, what is written is not
				t.Errorf("got %q", got)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestSlowBotDelaysNobody(t *testing.T) {
	r := newRig(t)
	release := make(chan struct{})
	p := &probe{handle: func(context.Context, *hub.Scope, hub.Sender, hub.Event) error {
		<-release
		return nil
	}}
	quick, _ := echo()
	runner := r.run(0, testBot("slow", p.app), testBot("quick", quick))
	w := r.watch()
	want := []string{"open ada"}
	for i := range 1500 {
		text := fmt.Sprint("quiet ", i)
		want = append(want, "ada: "+text)
		r.hub.Publish(t.Context(), &hub.Scope{ID: "s", User: hub.User{ID: "ada", Name: "Ada", Kind: hub.Person}},
			&hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: text}, func(*hub.Entry, error) {})
	}
	r.say("a") // committed after all of them
	await(t, w, 1)
	close(release)
	want = append(want, "ada: a")
	var got []string
	for i := 0; len(got) < len(want) && i < 4000; i++ {
		got = append(got, p.taken()...)
		<-time.After(5 * time.Millisecond)
	}
	runner.Close()
	got = append(got, p.taken()...)
	if want = append(want, "ada is restart", "close ada false"); !slices.Equal(got, want) {
		t.Errorf("%d notes, want %d", len(got), len(want))
	}
}

func TestFarBehind(t *testing.T) {
	r := newRig(t)
	app, p := echo()
	r.run(0, testBot("b", app)).Close()
	var texts, want []string
	for i := range hub.MaxPage + 300 {
		texts = append(texts, fmt.Sprint("quiet ", i))
		want = append(want, fmt.Sprint("ada: quiet ", i))
	}
	r.say(texts...)
	w := r.watch()
	runner := r.run(0, testBot("b", app))
	r.say("live")
	await(t, w, 1)
	runner.Close()
	want = append(append([]string{"open ada"}, want...), "ada: live", "ada is restart", "close ada false")
	if got := p.taken(); !slices.Equal(got, want) {
		t.Errorf("%d notes, want %d", len(got), len(want))
	}
}

func TestOtherHistory(t *testing.T) {
	for name, value := range map[string]string{
		"epoch":       `{"seq":1,"epoch":"other"}`,
		"no bookmark": `?`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.say("a", "b")
			if err := r.store.SetState(t.Context(), hub.State{Key: "bots/b/lobby", Value: []byte(value)}); err != nil {
				t.Fatal(err)
			}
			app, _ := echo()
			w := r.watch()
			r.run(0, testBot("b", app))
			if b := r.bookmark("b"); b.Seq != 2 || b.Epoch == "other" {
				t.Errorf("bookmark %+v", b)
			}
			r.say("c")
			if got := await(t, w, 1); got[0] != "re c" {
				t.Errorf("got %q", got)
			}
			if !strings.Contains(r.logs.String(), "not the one that the bot knew") {
				t.Errorf("log %s", r.logs)
			}
		})
	}
}

func TestFailuresStayWithTheirBot(t *testing.T) {
	r := newRig(t)
	p := &probe{handle: func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
		if e.Text == "panic" {
			panic("oops")
		}
		return out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "still here"})
	}}
	app, _ := echo()
	runner := r.run(0, testBot("bad", p.app), testBot("good", app))
	w := r.watch()
	r.say("panic", "a")
	got := await(t, w, 3)
	slices.Sort(got)
	if want := []string{"re a", "re panic", "still here"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s := runner.Stats(); s.Bots != 2 || s.Conversations < 1 {
		t.Errorf("counted %+v", s)
	}
	runner.Close()
	if s := runner.Stats(); s.Bots != 0 || s.Answers != 3 || s.Failures != 1 || s.Conversations != 0 || s.Refused != 0 {
		t.Errorf("counted %+v", s)
	}
	if !strings.Contains(r.logs.String(), "oops") || !strings.Contains(r.logs.String(), "bot=bad") {
		t.Errorf("log %s", r.logs)
	}
}

func TestAnswersThatAreRefusedAreDropped(t *testing.T) {
	r := newRig(t)
	p := &probe{handle: func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
		text := e.Text
		if text == "long" {
			text = strings.Repeat("x", hub.DefaultMaxText+1)
		}
		return out.Send(hub.Event{Type: hub.TypeSendMessage, Text: text})
	}}
	runner := r.run(0, testBot("b", p.app))
	w := r.watch()
	r.say("long", "short")
	if got := await(t, w, 1); got[0] != "short" {
		t.Errorf("got %d bytes", len(got[0]))
	}
	runner.Close()
	if s := runner.Stats(); s.Answers != 1 || s.Refused != 1 || s.Failures != 0 {
		t.Errorf("counted %+v", s)
	}
	if b := r.bookmark("b"); b.Seq < 2 || !strings.Contains(r.logs.String(), "an answer was refused") {
		t.Errorf("bookmark %+v, log %s", b, r.logs)
	}
}

func TestAsides(t *testing.T) {
	r := newRig(t)
	outs := make(chan hub.Sender, 1)
	runner := r.run(0, testBot("b", func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		outs <- out
		return (&probe{}).app(context.Background(), &hub.Scope{}, out)
	}))
	w := r.watch()
	r.say("a")
	out := <-outs // the turn that opened it may still be under way: then this is its answer
	if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "by the way"}); err != nil {
		t.Fatal(err)
	}
	if got := await(t, w, 1); got[0] != "by the way" {
		t.Errorf("got %q", got)
	}
	runner.Close()
	if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "late"}); !errors.Is(err, hub.ErrEnded) {
		t.Errorf("after closing: %v", err)
	}
}

func TestStoppingIsBounded(t *testing.T) {
	r := newRig(t)
	inside, release := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	bot := testBot("b", func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
		return stuck{inside, release, done}, nil
	})
	runner := r.run(10*time.Millisecond, bot)
	r.say("a")
	<-inside
	runner.Close()
	close(release)
	<-done
	if b := r.bookmark("b"); b.Seq != 0 {
		t.Errorf("what is not handled is noted as handled: %+v", b)
	}
}

// stuck does not look at its context.
type stuck struct{ inside, release, done chan struct{} }

func (s stuck) Handle(_ context.Context, e hub.Event) error {
	if e.Type == hub.TypeScopeOpened {
		return nil
	}
	close(s.inside)
	<-s.release
	return nil
}

func (s stuck) Close(context.Context, error) { close(s.done) }

func TestStoppingCutsTurnsOff(t *testing.T) {
	r := newRig(t)
	inside := make(chan struct{}, 1)
	p := &probe{handle: func(ctx context.Context, _ *hub.Scope, _ hub.Sender, e hub.Event) error {
		inside <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	runner := r.run(0, testBot("b", p.app))
	w := r.watch()
	r.say("a")
	<-inside
	runner.Close()
	app, _ := echo()
	r.run(0, testBot("b", app))
	if got := await(t, w, 1); got[0] != "re a" {
		t.Errorf("got %q", got)
	}
}

func TestStartRefuses(t *testing.T) {
	app, _ := echo()
	for name, bots := range map[string][]Bot{
		"id":    {testBot("A B", app)},
		"name":  {{ID: "a", App: app}},
		"app":   {testBot("a", nil)},
		"twice": {testBot("a", app), testBot("a", app)},
		"room":  {{ID: "a", Name: "A", Rooms: []string{"lobby", "No Room"}, App: app}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if runner, err := StartBots(t.Context(), r.hub, r.store, bots, Options{}); err == nil {
				runner.Close()
				t.Error("started")
			}
		})
	}
}
