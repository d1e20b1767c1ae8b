package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

// listener is a consumer that notes what it is handed and how.
type listener struct {
	handle  func(context.Context, string) error // may be nil
	busy    atomic.Int32
	overlap atomic.Bool
	closed  int

	mu     sync.Mutex
	bodies []string // of the channel
	events int      // of the participant
}

func (l *listener) Handle(ctx context.Context, e hub.Event) error {
	if l.busy.Add(1) > 1 || l.closed > 0 {
		l.overlap.Store(true)
	}
	defer l.busy.Add(-1)
	runtime.Gosched()
	m, ok := e.Detail.(*hub.ChannelMessage)
	l.mu.Lock()
	if ok {
		l.bodies = append(l.bodies, string(m.Body))
	} else {
		l.events++
	}
	l.mu.Unlock()
	if ok && l.handle != nil {
		return l.handle(ctx, string(m.Body))
	}
	return nil
}

func (l *listener) Close(context.Context, error) {
	l.closed++
	if l.busy.Load() > 0 {
		l.overlap.Store(true)
	}
}

// opened returns the consumer of a scope whose channel is in the group "all"
// from the opening on.
func opened(t *testing.T, layer hub.Layer, s *hub.Scope, l *listener) hub.Consumer {
	t.Helper()
	app := middleware.Channel(layer, slog.New(slog.DiscardHandler))(func(ctx context.Context, s *hub.Scope, _ hub.Sender) (hub.Consumer, error) {
		if err := layer.GroupAdd(ctx, "all", s.Channel()); err != nil {
			return nil, err
		}
		return l, layer.Send(ctx, s.Channel(), []byte("sent while opening"))
	})
	c, err := app(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newScope() *hub.Scope { return &hub.Scope{ID: hub.NewID(), Type: hub.ScopeWebSocket} }

func send(t *testing.T, layer hub.Layer, group, message string) {
	t.Helper()
	if err := layer.GroupSend(t.Context(), group, []byte(message)); err != nil {
		t.Error(err)
	}
}

func TestChannelHandsOverInOrderAndOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := &hub.MemoryLayer{Options: hub.ChannelOptions{Capacity: 1000}}
		defer layer.Close()
		var l listener
		s := newScope()
		c := opened(t, layer, s, &l)
		const each = 300
		var all sync.WaitGroup
		all.Go(func() {
			for range each {
				if err := c.Handle(t.Context(), hub.Event{Type: "of the participant"}); err != nil {
					t.Error(err)
				}
			}
		})
		want := []string{"sent while opening"}
		for i := range each {
			want = append(want, fmt.Sprint(i))
			if i%2 == 0 {
				send(t, layer, "all", fmt.Sprint(i))
			} else if err := layer.Send(t.Context(), s.Channel(), fmt.Append(nil, i)); err != nil {
				t.Error(err)
			}
		}
		all.Wait()
		synctest.Wait()
		if !slices.Equal(l.bodies, want) || l.events != each || l.overlap.Load() {
			t.Errorf("handed over %q and %d events, overlapping %v", l.bodies, l.events, l.overlap.Load())
		}
		c.Close(t.Context(), nil)
		if l.closed != 1 {
			t.Errorf("closed %d times", l.closed)
		}
	})
}

// The participant's events and the channel's wait for each other.
func TestChannelTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		release := make(chan struct{})
		l := listener{handle: func(context.Context, string) error { <-release; return nil }}
		c := opened(t, layer, newScope(), &l)
		synctest.Wait() // the message of the opening is handled
		handled := make(chan error, 1)
		go func() { handled <- c.Handle(t.Context(), hub.Event{Type: "of the participant"}) }()
		synctest.Wait()
		l.mu.Lock()
		if l.events > 0 {
			t.Error("an event was handed over beside a message")
		}
		l.mu.Unlock()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Handle(gone, hub.Event{}); !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up waiting for a turn: %v", err)
		}
		close(release)
		if err := <-handled; err != nil || l.overlap.Load() || l.events != 1 {
			t.Errorf("then %d events were, overlapping %v, %v", l.events, l.overlap.Load(), err)
		}
		c.Close(t.Context(), nil)
	})
}

// While one message is handled, another comes, and the scope ends.
func TestChannelEndsWithTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		handling := make(chan struct{})
		l := listener{handle: func(ctx context.Context, body string) error {
			if body == "takes long" {
				close(handling)
				<-ctx.Done() // ended by the end of the scope
			}
			return nil
		}}
		s := newScope()
		c := opened(t, layer, s, &l)
		send(t, layer, "all", "takes long")
		<-handling
		send(t, layer, "all", "too late")
		c.Close(t.Context(), nil)
		send(t, layer, "all", "to nobody")
		synctest.Wait()
		if want := []string{"sent while opening", "takes long"}; !slices.Equal(l.bodies, want) || l.overlap.Load() || l.closed != 1 {
			t.Errorf("handed over %q, overlapping %v, closed %d times", l.bodies, l.overlap.Load(), l.closed)
		}
		if d := layer.Drops(); d != (hub.Drops{Abandoned: 1}) {
			t.Errorf("drops are %+v", d)
		}
	})
}

func TestChannelSurvivesWhatAConsumerCannotHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		l := listener{handle: func(_ context.Context, body string) error {
			if body == "panic" {
				panic("as told")
			}
			return errors.New("not understood")
		}}
		c := opened(t, layer, newScope(), &l)
		for _, m := range []string{"panic", "error", "fine"} {
			send(t, layer, "all", m)
		}
		synctest.Wait()
		if want := []string{"sent while opening", "panic", "error", "fine"}; !slices.Equal(l.bodies, want) {
			t.Errorf("handed over %q", l.bodies)
		}
		c.Close(t.Context(), nil)
	})
}

// A consumer may send to its own channel, and to groups that it is in.
func TestChannelOfAConsumerThatTellsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		s := newScope()
		l := listener{handle: func(ctx context.Context, body string) error {
			if len(body) < 5 {
				return errors.Join(layer.Send(ctx, s.Channel(), []byte(body+"x")), layer.GroupSend(ctx, "else", nil))
			}
			return nil
		}}
		c := opened(t, layer, s, &l)
		send(t, layer, "all", "x")
		synctest.Wait()
		if want := []string{"sent while opening", "x", "xx", "xxx", "xxxx", "xxxxx"}; !slices.Equal(l.bodies, want) {
			t.Errorf("handed over %q", l.bodies)
		}
		c.Close(t.Context(), nil)
	})
}

func TestARefusedScopeHasNoChannel(t *testing.T) {
	for name, refuse := range map[string]func() (hub.Consumer, error){
		"refused":  func() (hub.Consumer, error) { return nil, hub.Errorf(hub.Forbidden, "No.") },
		"panicked": func() (hub.Consumer, error) { panic("as told") },
	} {
		t.Run(name, func(t *testing.T) {
			layer := hub.NewMemoryLayer()
			defer layer.Close()
			s := newScope()
			log := slog.New(slog.DiscardHandler)
			app := hub.Chain(func(ctx context.Context, s *hub.Scope, _ hub.Sender) (hub.Consumer, error) {
				if err := layer.GroupAdd(ctx, "all", s.Channel()); err != nil {
					t.Error(err)
				}
				return refuse()
			}, middleware.Recover(log), middleware.Channel(layer, log))
			if _, err := app(t.Context(), s, nil); err == nil {
				t.Error("not refused")
			}
			send(t, layer, "all", "to nobody")
			in, err := layer.Own(t.Context(), s.Channel(), func() { t.Error("the channel is still in its group") })
			if err != nil {
				t.Fatal(err)
			}
			in.Close()
		})
	}
	app := middleware.Channel(hub.NewMemoryLayer(), slog.Default())(nil)
	if _, err := app(t.Context(), &hub.Scope{Type: "no name", ID: "of a channel"}, nil); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("a scope whose id cannot be a channel's name: %v", err)
	}
}
