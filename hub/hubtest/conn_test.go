package hubtest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// play is a consumer made of functions.
type play struct {
	handle func(context.Context, hub.Event) error
	close  func(context.Context, error)
}

func (p play) Handle(ctx context.Context, e hub.Event) error { return p.handle(ctx, e) }

func (p play) Close(ctx context.Context, cause error) {
	if p.close != nil {
		p.close(ctx, cause)
	}
}

// playing is an application whose consumers do that.
func playing(handle func(ctx context.Context, s *hub.Scope, out hub.Sender, e hub.Event) error, closed func(error)) hub.Application {
	return func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		return play{
			handle: func(ctx context.Context, e hub.Event) error { return handle(ctx, s, out, e) },
			close: func(_ context.Context, cause error) {
				if closed != nil {
					closed(cause)
				}
			},
		}, nil
	}
}

// echo sends back what it is handed, after the time that its text says.
var echo = playing(func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
	later, err := time.ParseDuration(e.Text)
	if err != nil {
		return out.Send(e)
	}
	time.AfterFunc(later, func() { _ = out.Send(e) })
	return nil
}, nil)

// failing is a TB that notes how a test fails.
type failing struct {
	hubtest.Example
	mu   sync.Mutex
	said []string
}

func (f *failing) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// failures runs a test in a bubble, and returns what it fails with.
func failures(t *testing.T, run func(hubtest.TB)) []string {
	t.Helper()
	var f failing
	synctest.Test(t, func(*testing.T) {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			run(&f)
		}()
		<-ended
		f.End()
	})
	return f.said
}

func TestConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := hubtest.Open(t, echo, hubtest.NewScope(hub.ScopeWebSocket, "/ws"))
		c.ReceiveNothing()
		c.Send(hub.Event{Type: "a", Text: "one"})
		c.Send(hub.Event{Type: "b", Text: "two"})
		if e := c.Await("b"); e.Text != "two" {
			t.Errorf("awaited %+v", e)
		}
		if e := c.Receive(); e.Text != "one" {
			t.Errorf("received %+v", e)
		}
		if !time.Now().Equal(start) {
			t.Errorf("it took %v", time.Since(start))
		}
		c.Send(hub.Event{Type: "c", Text: "3s"})
		c.ReceiveNothing()
		if e := c.Receive(); e.Type != "c" || time.Since(start) != 3*time.Second {
			t.Errorf("received %+v after %v", e, time.Since(start))
		}
		c.Close()
		c.Close()
		if err := c.Try(hub.Event{}); !errors.Is(err, hub.ErrEnded) {
			t.Errorf("handed over after the end: %v", err)
		}
	})
}

func TestConnWithoutABubble(t *testing.T) {
	c := hubtest.Open(t, echo, hubtest.NewScope(hub.ScopeWebSocket, "/ws"))
	c.ReceiveNothing()
	c.Send(hub.Event{Type: "a", Text: "5ms"})
	c.Receive()
}

// Handle is never called twice at once, and Close after it, exactly once.
func TestConnKeepsTheRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var causes []error
		broken := errors.New("broken")
		app := playing(func(ctx context.Context, _ *hub.Scope, _ hub.Sender, e hub.Event) error {
			if e.Type == "stay" {
				<-ctx.Done()
				return ctx.Err()
			}
			runtime.Gosched()
			return nil
		}, func(cause error) { causes = append(causes, cause) })
		c := hubtest.Open(t, hubtest.Strict(t, app), hubtest.NewScope(hub.ScopeMQTT, "/mqtt"))
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				for range 100 {
					c.Send(hub.Event{Type: "go"})
				}
			})
		}
		all.Wait()
		stayed := make(chan error, 1)
		go func() { stayed <- c.Try(hub.Event{Type: "stay"}) }()
		synctest.Wait()
		c.Break(broken)
		if err := <-stayed; !errors.Is(err, context.Canceled) {
			t.Errorf("what was handled at the end: %v", err)
		}
		if !slices.Equal(causes, []error{broken}) {
			t.Errorf("closed for %v", causes)
		}
	})
}

func TestRefused(t *testing.T) {
	no := func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
		return nil, hub.Errorf(hub.Forbidden, "No.")
	}
	if err := hubtest.Refused(t, no, hubtest.NewScope(hub.ScopeHTTP, "/")); hub.CodeOf(err) != hub.Forbidden {
		t.Errorf("refused with %v", err)
	}
}

// The context of an opening is that of the opening only.
func TestConnEndsTheContextOfTheOpening(t *testing.T) {
	hubtest.Open(t, func(ctx context.Context, _ *hub.Scope, _ hub.Sender) (hub.Consumer, error) {
		return play{handle: func(context.Context, hub.Event) error {
			if ctx.Err() == nil {
				t.Error("it goes on")
			}
			return nil
		}}, nil
	}, hubtest.NewScope(hub.ScopeHTTP, "/")).Send(hub.Event{})
}

// What fails says what was awaited and what came.
func TestConnFails(t *testing.T) {
	scope := func() *hub.Scope { return hubtest.NewScope(hub.ScopeWebSocket, "/ws") }
	for _, test := range []struct {
		name string
		run  func(hubtest.TB)
		want []string
	}{
		{"nothing came", func(t hubtest.TB) {
			c := hubtest.Open(t, echo, scope())
			c.Send(hub.Event{Type: "a", Text: "hello"})
			c.Await("b")
		}, []string{"websocket scope /ws of ada", "b was awaited", "10s", `→ a {"type":"a","text":"hello"}`, "← a"}},
		{"something came", func(t hubtest.TB) {
			c := hubtest.Open(t, echo, scope())
			c.Send(hub.Event{Type: "a"})
			c.ReceiveNothing()
		}, []string{"nothing was awaited, and a came"}},
		{"an error", func(t hubtest.TB) {
			app := playing(func(context.Context, *hub.Scope, hub.Sender, hub.Event) error {
				return hub.Errorf(hub.Conflict, "Twice.")
			}, nil)
			hubtest.Open(t, app, scope()).Send(hub.Event{Type: "a"})
		}, []string{"handed a, and answered: conflict: Twice."}},
		{"it stays", func(t hubtest.TB) {
			app := playing(func(ctx context.Context, _ *hub.Scope, _ hub.Sender, _ hub.Event) error { <-ctx.Done(); return nil }, nil)
			_ = hubtest.Open(t, app, scope()).Try(hub.Event{Type: "a"})
		}, []string{"a is not handled after 10s", "Handle has not returned"}},
		{"it does not end", func(t hubtest.TB) { _ = hubtest.Open(t, echo, scope()).Wait() },
			[]string{"the consumer was to end it", "nothing was said"}},
		{"it ended", func(t hubtest.TB) {
			ws := hubtest.OpenWebSocket(t, playing(func(_ context.Context, _ *hub.Scope, out hub.Sender, _ hub.Event) error {
				return out.Send(hub.Event{Type: hub.TypeSocketClose, Detail: &hub.SocketClose{Code: 1008, Reason: "enough"}})
			}, nil), "/ws")
			ws.Say("hello")
			ws.Hear()
		}, []string{"ended while a text was awaited", `→ websocket.receive "hello"`, "1008", "enough"}},
		{"refused", func(t hubtest.TB) {
			hubtest.Open(t, hub.ByPath(nil), scope())
		}, []string{"was refused: not_found: Nothing is at /ws."}},
		{"not refused", func(t hubtest.TB) { _ = hubtest.Refused(t, echo, scope()) }, []string{"was to be refused"}},
		{"no consumer", func(t hubtest.TB) {
			hubtest.Open(t, func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return nil, nil }, scope())
		}, []string{"made no consumer"}},
		{"the scope was changed", func(t hubtest.TB) {
			hubtest.Open(t, playing(func(_ context.Context, s *hub.Scope, _ hub.Sender, _ hub.Event) error {
				s.Headers.Set("X", "y")
				return nil
			}, nil), scope()).Send(hub.Event{})
		}, []string{"its Headers was changed"}},
		{"not of the protocol", func(t hubtest.TB) {
			_ = hubtest.OpenWebSocket(t, echo, "/ws").Try(hub.Event{Type: hub.TypeSendMessage, Text: "hi"})
		}, []string{`the consumer sent chat.send_message {"type":"chat.send_message","text":"hi"}`, "websocket.send or websocket.close"}},
		{"binary for text", func(t hubtest.TB) {
			ws := hubtest.OpenWebSocket(t, playing(func(_ context.Context, _ *hub.Scope, out hub.Sender, e hub.Event) error {
				return out.Send(hub.Event{Type: hub.TypeSocketSend, Detail: e.Detail})
			}, nil), "/ws")
			ws.SayBytes([]byte("x"))
			ws.Hear()
		}, []string{"a text was awaited, and websocket.send \"x\" came"}},
		{"two at once", func(t hubtest.TB) {
			stay := make(chan struct{})
			app := hubtest.Strict(t, playing(func(context.Context, *hub.Scope, hub.Sender, hub.Event) error { <-stay; return nil }, nil))
			consumer, err := app(context.Background(), scope(), nil)
			if err != nil {
				t.Fatalf("%v", err)
			}
			go func() { _ = consumer.Handle(context.Background(), hub.Event{Type: "a"}) }()
			synctest.Wait()
			consumer.Close(context.Background(), nil)
			close(stay)
		}, []string{"was closed while it was handed a"}},
		{"never closed", func(t hubtest.TB) {
			if _, err := hubtest.Strict(t, echo)(context.Background(), scope(), nil); err != nil {
				t.Fatalf("%v", err)
			}
		}, []string{"was never closed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			said := failures(t, test.run)
			if len(said) != 1 {
				t.Fatalf("failed with %q", said)
			}
			for _, want := range test.want {
				if !strings.Contains(said[0], want) {
					t.Errorf("%q lacks %q", said[0], want)
				}
			}
		})
	}
}
