package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/types"

	"hubbub/hub"
	"hubbub/hub/sqlite"
)

const manyUsers = 10_000

// benchHub returns a hub on a store in a file, seen through wrap.
func benchHub(b *testing.B, wrap func(hub.Store) hub.Store) (*hub.Hub, hub.Store) {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "hub.db"))
	if err != nil {
		b.Fatal(err)
	}
	store := wrap(s)
	h := hub.New(store, hub.NewMemoryLayer(), hub.Options{Logger: slog.New(slog.DiscardHandler)})
	b.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return h, store
}

func benchBots(b *testing.B, h *hub.Hub, store hub.Store, bots ...Bot) *Runner {
	b.Helper()
	r, err := StartBots(b.Context(), h, store, bots, Options{Logger: slog.New(slog.DiscardHandler), Drain: 100 * time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// tell has a user say something, and waits for nothing.
func tell(b *testing.B, h *hub.Hub, user, text string) {
	b.Helper()
	s := &hub.Scope{ID: user, User: hub.User{ID: user, Name: "User " + user, Kind: hub.Guest}}
	h.Publish(b.Context(), s, &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: text}, func(_ *hub.Entry, err error) {
		if err != nil {
			b.Error(err)
		}
	})
}

// answersOf counts what a bot says.
type answersOf struct {
	bot  string
	said chan struct{}
}

func listenTo(b *testing.B, h *hub.Hub, bot string) answersOf {
	b.Helper()
	a := answersOf{bot, make(chan struct{}, 4*manyUsers)}
	s := &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket, User: hub.User{ID: "eve", Name: "Eve", Kind: hub.Person}}
	sub, _, err := h.Join(b.Context(), s, &hub.Event{Type: hub.TypeRoomJoin, Room: "lobby"}, a)
	if err != nil {
		b.Fatal(err)
	}
	sub.Start()
	b.Cleanup(sub.End)
	return a
}

func (a answersOf) Send(e hub.Event) error {
	if e.From.ID == a.bot {
		a.said <- struct{}{}
	}
	return nil
}

func (a answersOf) wait(n int) {
	for range n {
		<-a.said
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Ten thousand users talk to one bot at once, each in a conversation with a variable.
func BenchmarkManyConversations(b *testing.B) {
	for name, file := range map[string]string{
		"plain":    "name: B\nrooms: [lobby]\nrules: [{words: hello, reply: 'Hello ${user.name}!'}]\n",
		"counting": "name: B\nrooms: [lobby]\nvariables: {n: 0}\nrules: [{words: hello, set: {n: '${n + 1}'}, reply: 'Hello ${user.name}, ${n}!'}]\n",
	} {
		b.Run(name, func(b *testing.B) {
			d, err := Parse("b.yaml", []byte(file))
			if err != nil {
				b.Fatal(err)
			}
			h, store := benchHub(b, func(s hub.Store) hub.Store { return s })
			r := benchBots(b, h, store, d.Bot())
			defer r.Close()
			heard := listenTo(b, h, "bot:b")
			users := make([]string, manyUsers)
			for i := range users {
				users[i] = hub.NewID()
			}
			round := func() {
				for _, u := range users {
					tell(b, h, u, "hello")
				}
				heard.wait(manyUsers)
			}
			round() // the conversations open
			b.ResetTimer()
			start := time.Now()
			n := 0
			for b.Loop() {
				round()
				n++
			}
			b.ReportMetric(float64(n*manyUsers)/time.Since(start).Seconds(), "answers/s")
			b.StopTimer()
			if got := r.Stats().Conversations; got != manyUsers {
				b.Fatalf("%d conversations are open", got)
			}
			before := heap()
			for _, bot := range r.bots {
				bot.talks.close(hub.ClosedRestart)
				clear(bot.talks.open)
				bot.talks.open = nil
			}
			b.ReportMetric(float64(int64(before)-int64(heap()))/manyUsers, "B/conversation")
		})
	}
}

// cruelStore refuses what the bot bad writes.
type cruelStore struct{ hub.Store }

func (s cruelStore) Append(ctx context.Context, a hub.Append) error {
	if a.Event.From.ID == "bot:bad" {
		a.Done(hub.Appended{}, errors.New("the disk is full for this one"))
		return nil
	}
	return s.Store.Append(ctx, a)
}

// costliest is about the most that an expression may do: on each of many long texts
// many times what takes longest.
var costliest = "none([" + strings.Repeat("text, ", 39) + "text], " + strings.Repeat("lower(#) == \"x\" or ", 15) + "false)"

// What an event may cost where an expression is as bad as it may be.
func BenchmarkCostliestExpression(b *testing.B) {
	v := forMessage()
	v.add("l", types.TypeOf([]string(nil)))
	x, p := compile(costliest, v)
	if p != nil {
		b.Fatal(p)
	}
	list := make([]string, maxListKept)
	for b.Loop() {
		a := &act{def: &Definition{}, event: &hub.Event{Text: strings.Repeat("ä", hub.DefaultMaxText/2-2)}}
		a.note("l", list)
		if _, err := x.value(a); err != nil {
			b.Fatal(err)
		}
	}
}

// A bot that fails, in whatever way, and one beside it: how long that one takes to
// answer.
func BenchmarkBesideABotThat(b *testing.B) {
	say := func(_ context.Context, _ *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(_ context.Context, e hub.Event) error {
			if e.Type != hub.TypeReceivedMessage {
				return nil
			}
			return out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "here"})
		}), nil
	}
	doing := func(f func(ctx context.Context) error) hub.Application {
		return func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
			return hub.ConsumerFunc(func(ctx context.Context, e hub.Event) error { return f(ctx) }), nil
		}
	}
	costly, err := Parse("bad.yaml", []byte(fmt.Sprintf("name: B\nrooms: [lobby]\nvariables: {l: [%sx]}\nrules: [{when: '%s', reply: no}]\n",
		strings.Repeat("x, ", maxListKept-1), costliest)))
	if err != nil {
		b.Fatal(err)
	}
	long := strings.Repeat("ä", hub.DefaultMaxText/4)
	for _, test := range []struct {
		name string
		app  hub.Application
		text string
		wrap func(hub.Store) hub.Store
	}{
		{name: "is not there"},
		{name: "answers", app: say},
		{name: "panics", app: doing(func(context.Context) error { panic("oops") })},
		{name: "hangs", app: doing(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })},
		{name: "cannot commit", app: say, wrap: func(s hub.Store) hub.Store { return cruelStore{s} }},
		{name: "computes as much as an expression may", app: costly.Application(), text: long},
	} {
		b.Run(test.name, func(b *testing.B) {
			if test.wrap == nil {
				test.wrap = func(s hub.Store) hub.Store { return s }
			}
			h, store := benchHub(b, test.wrap)
			bots := []Bot{{ID: "good", Name: "Good", Rooms: []string{"lobby"}, App: say}}
			if test.app != nil {
				bots = append(bots, Bot{ID: "bad", Name: "Bad", Rooms: []string{"lobby"}, App: test.app})
			}
			r := benchBots(b, h, store, bots...)
			defer r.Close()
			heard := listenTo(b, h, "bot:good")
			for i := 0; b.Loop(); i++ {
				tell(b, h, fmt.Sprint("u", i%100), test.text+".")
				heard.wait(1)
			}
		})
	}
}
