package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// probe is an application that notes what happens to its consumers.
type probe struct {
	mu     sync.Mutex
	notes  []string
	handle func(ctx context.Context, s *hub.Scope, out hub.Sender, e hub.Event) error
}

func (p *probe) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// taken returns the notes since the last call.
func (p *probe) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	notes := p.notes
	p.notes = nil
	return notes
}

func (p *probe) app(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
	p.note("open %s", s.User.ID)
	return &probeConsumer{p, s, out}, nil
}

type probeConsumer struct {
	*probe
	scope *hub.Scope
	out   hub.Sender
}

func (c *probeConsumer) Handle(ctx context.Context, e hub.Event) error {
	switch d := e.Detail.(type) {
	case *hub.ScopeClosed:
		c.note("%s is %s", c.scope.User.ID, d.Reason)
		return nil
	case nil:
		if e.Type == hub.TypeScopeOpened {
			return nil
		}
	}
	c.note("%s: %s", c.scope.User.ID, e.Text)
	if c.handle != nil {
		return c.handle(ctx, c.scope, c.out, e)
	}
	return nil
}

func (c *probeConsumer) Close(_ context.Context, cause error) {
	c.note("close %s %v", c.scope.User.ID, cause != nil)
}

func said(user, text string) hub.Event {
	return hub.Event{
		Type: hub.TypeReceivedMessage, Room: "lobby", ID: hub.NewID(), Text: text,
		From: hub.Participant{ID: user, Name: "user " + user, Kind: hub.Person},
	}
}

// slip is a committer that commits nothing and notes all.
type slip struct {
	mu     sync.Mutex
	turns  []*turn
	asides []hub.Event
	rows   map[string][]byte
}

func (s *slip) add(t *turn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns = append(s.turns, t)
	if t.row != nil {
		if s.rows == nil {
			s.rows = make(map[string][]byte)
		}
		s.rows[t.row.Key] = t.row.Value
	}
	return nil
}

func (s *slip) aside(e hub.Event) error {
	s.asides = append(s.asides, e)
	return nil
}

func (s *slip) recall(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[key], nil
}

// answers returns what was said since the last call.
func (s *slip) answers() (all []hub.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.turns {
		all = append(all, t.events...)
	}
	s.turns = nil
	return all
}

func testConversations(t *testing.T, p *probe) (*conversations, *slip) {
	t.Helper()
	bot := &Bot{ID: "b", Name: "B", Rooms: []string{"lobby", "den"}, Idle: time.Minute, App: p.app}
	w, out := newWheel(), &slip{}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return newConversations(context.Background(), bot, out, w, new(counts), slog.New(slog.DiscardHandler)), out
}

func wantNotes(t *testing.T, p *probe, want ...string) {
	t.Helper()
	if got := p.taken(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func say(t *testing.T, cs *conversations, user, text string) []hub.Event {
	t.Helper()
	if err := cs.turn(t.Context(), said(user, text)); err != nil {
		t.Fatal(err)
	}
	return cs.out.(*slip).answers()
}

func TestIdleConversationsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probe{}
		cs, _ := testConversations(t, p)
		wait := func(d time.Duration) {
			time.Sleep(d) //nolint:forbidigo // synctest
			synctest.Wait()
		}
		say(t, cs, "u1", "a")
		wait(30 * time.Second)
		say(t, cs, "u2", "b")
		wantNotes(t, p, "open u1", "u1: a", "open u2", "u2: b")
		wait(20 * time.Second)
		say(t, cs, "u1", "c") // u2 is the longest idle now
		wantNotes(t, p, "u1: c")
		wait(40*time.Second + wheelTick)
		wantNotes(t, p, "u2 is idle", "close u2 false")
		wait(20*time.Second - wheelTick - 1)
		wantNotes(t, p)
		wait(1 + wheelTick)
		wantNotes(t, p, "u1 is idle", "close u1 false")
		wait(time.Hour)
		say(t, cs, "u1", "d")
		wantNotes(t, p, "open u1", "u1: d")
		cs.close(hub.ClosedRestart)
		wantNotes(t, p, "u1 is restart", "close u1 false")
		if err := cs.turn(t.Context(), said("u1", "e")); !errors.Is(err, hub.ErrEnded) {
			t.Errorf("after closing: %v", err)
		}
		wait(time.Hour)
		wantNotes(t, p)
	})
}

func TestLongTurnIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probe{handle: func(context.Context, *hub.Scope, hub.Sender, hub.Event) error {
			time.Sleep(time.Hour) //nolint:forbidigo // synctest
			return nil
		}}
		cs, _ := testConversations(t, p)
		say(t, cs, "u1", "a")
		say(t, cs, "u1", "b")
		wantNotes(t, p, "open u1", "u1: a", "u1: b")
		cs.close(hub.ClosedRestart)
		wantNotes(t, p, "u1 is restart", "close u1 false")
	})
}

func TestOneTurnAtATime(t *testing.T) {
	var inside atomic.Int32
	p := &probe{handle: func(_ context.Context, _ *hub.Scope, _ hub.Sender, e hub.Event) error {
		if inside.Add(1) > 1 {
			t.Error("two turns at once")
		}
		runtime.Gosched()
		inside.Add(-1)
		if e.Text == "fail" {
			panic("oops")
		}
		return nil
	}}
	cs, _ := testConversations(t, p)
	var rooms sync.WaitGroup
	for range 4 {
		rooms.Go(func() {
			for i := range 100 {
				text := "a"
				if i%10 == 0 {
					text = "fail"
				}
				_ = cs.turn(t.Context(), said("u1", text)) // its failures are meant
			}
		})
	}
	rooms.Wait()
	cs.close(hub.ClosedRestart)
	balance := 0
	for _, note := range p.taken() {
		switch {
		case strings.HasPrefix(note, "open"):
			balance++
		case strings.HasPrefix(note, "close"):
			balance--
		}
	}
	if balance != 0 {
		t.Errorf("%d conversations too many are open", balance)
	}
}

func TestClosingDoesNotInterruptATurn(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	p := &probe{handle: func(context.Context, *hub.Scope, hub.Sender, hub.Event) error {
		close(inside)
		<-release
		return nil
	}}
	cs, _ := testConversations(t, p)
	done := make(chan struct{})
	go func() {
		defer close(done)
		say(t, cs, "u1", "a")
	}()
	<-inside
	cs.close(hub.ClosedRestart)
	wantNotes(t, p, "open u1", "u1: a")
	close(release)
	<-done
	wantNotes(t, p, "close u1 false")
}

func TestFailuresEndTheConversation(t *testing.T) {
	for name, tt := range map[string]struct {
		fail  func() error
		keeps bool // the conversation
	}{
		"panic":   {fail: func() error { panic("oops") }},
		"error":   {fail: func() error { return errors.New("oops") }},
		"refusal": {fail: func() error { return hub.Errorf(hub.Invalid, "No.") }, keeps: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &probe{handle: func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
				if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "before"}); err != nil {
					return err
				}
				if e.Text == "fail" {
					return tt.fail()
				}
				return nil
			}}
			cs, _ := testConversations(t, p)
			defer cs.close(hub.ClosedRestart)
			say(t, cs, "u1", "a")
			p.taken()
			err := cs.turn(t.Context(), said("u1", "fail"))
			answers := cs.out.(*slip).answers()
			if err == nil {
				t.Error("no error")
			}
			if tt.keeps {
				wantNotes(t, p, "u1: fail")
				if len(answers) != 1 {
					t.Errorf("answers %v", answers)
				}
				return
			}
			wantNotes(t, p, "u1: fail", "close u1 true")
			if len(answers) != 0 {
				t.Errorf("a failed turn answers %v", answers)
			}
			say(t, cs, "u1", "b")
			wantNotes(t, p, "open u1", "u1: b")
		})
	}
}

func TestRefusedScopes(t *testing.T) {
	for name, app := range map[string]hub.Application{
		"refusal": func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
			return nil, hub.Errorf(hub.Forbidden, "No.")
		},
		"panic":       func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { panic("oops") },
		"no consumer": func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			cs, _ := testConversations(t, &probe{})
			cs.bot.App = app
			for range 2 {
				if err := cs.turn(t.Context(), said("u1", "a")); err == nil {
					t.Error("no error")
				}
			}
			if len(cs.open) != 0 {
				t.Errorf("open: %v", cs.open)
			}
			cs.close(hub.ClosedRestart)
		})
	}
}

func TestWhatAConsumerSends(t *testing.T) {
	var out hub.Sender
	var results []hub.Code
	p := &probe{handle: func(_ context.Context, s *hub.Scope, o hub.Sender, _ hub.Event) error {
		out = o
		if s.Type != hub.ScopeChat || s.Path != "/bots/b" || s.Params.Get("bot") != "b" || s.User != (hub.User{ID: "u1", Name: "user u1", Kind: hub.Person}) {
			t.Errorf("scope %+v", s)
		}
		for _, e := range []hub.Event{
			{Type: hub.TypeSendMessage, Text: "here"},
			{Type: hub.TypeSendMessage, Room: "den", Text: "there"},
			{Type: hub.TypeSendMessage, Room: "elsewhere", Text: "no"},
			{Type: hub.TypeRoomJoin, Room: "den"},
		} {
			if err := o.Send(e); err != nil {
				results = append(results, hub.CodeOf(err))
			}
		}
		for range maxPerTurn - 2 {
			if err := o.Send(hub.Event{Type: hub.TypeSendMessage, Text: "more"}); err != nil {
				t.Error(err)
			}
		}
		if err := o.Send(hub.Event{Type: hub.TypeSendMessage, Text: "too much"}); err != nil {
			results = append(results, hub.CodeOf(err))
		}
		return nil
	}}
	cs, slip := testConversations(t, p)
	answers := say(t, cs, "u1", "a")
	if len(answers) != maxPerTurn || answers[0].Room != "lobby" || answers[1].Room != "den" {
		t.Errorf("answers %v", answers)
	}
	if want := []hub.Code{hub.Forbidden, hub.Invalid, hub.RateLimited}; !slices.Equal(results, want) {
		t.Errorf("refused %v, want %v", results, want)
	}
	if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "where?"}); hub.CodeOf(err) != hub.Forbidden {
		t.Errorf("an aside without a room: %v", err)
	}
	if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Room: "den", Text: "later"}); err != nil || len(slip.asides) != 1 {
		t.Errorf("an aside: %v, %v", err, slip.asides)
	}
	cs.close(hub.ClosedRestart)
	if err := out.Send(hub.Event{Type: hub.TypeSendMessage, Room: "den"}); !errors.Is(err, hub.ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}

func BenchmarkConversation(b *testing.B) {
	d, err := Parse("a.yaml", []byte("name: A\nrooms: [lobby]\nrules: [{match: a, reply: b}]\n"))
	if err != nil {
		b.Fatal(err)
	}
	bot := d.Bot()
	cs := newConversations(b.Context(), &bot, &slip{}, newWheel(), new(counts), slog.New(slog.DiscardHandler))
	defer cs.close(hub.ClosedRestart)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ { // bytes a turn are those of a conversation: every user is new
		if err := cs.turn(b.Context(), said(fmt.Sprint("u", i), "a")); err != nil {
			b.Fatal(err)
		}
	}
}

// A consumer that ends its conversation has said what it said; what the user
// says next is another one.
func TestAConsumerEndsItsConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probe{}
		late := make(chan struct{})
		p.handle = func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
			if e.Text == "later" {
				go func() { <-late; hub.Finish(out, hub.Errorf(hub.Forbidden, "Not you.")) }()
				return nil
			}
			err := out.Send(hub.Event{Type: hub.TypeSendMessage, Text: "bye"})
			if e.Text == "bye" {
				hub.Finish(out, nil)
			}
			return err
		}
		cs, _ := testConversations(t, p)
		if answers := say(t, cs, "u1", "bye"); len(answers) != 1 || answers[0].Text != "bye" {
			t.Errorf("answered %+v", answers)
		}
		wantNotes(t, p, "open u1", "u1: bye", "u1 is ended", "close u1 false")
		say(t, cs, "u1", "later")
		close(late)
		synctest.Wait()
		say(t, cs, "u1", "hi")
		wantNotes(t, p, "open u1", "u1: later", "close u1 true", "open u1", "u1: hi")
		cs.close(hub.ClosedRestart)
		wantNotes(t, p, "u1 is restart", "close u1 false")
	})
}
