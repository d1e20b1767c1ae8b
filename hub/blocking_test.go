package hub_test

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
)

// peer is the other end of a scope.
type peer struct {
	mu       sync.Mutex
	got      []string
	finished []error
}

func (p *peer) Send(e hub.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, e.Text)
	return nil
}

func (p *peer) Finish(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finished = append(p.finished, cause)
}

func (p *peer) has(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.got, want) {
		t.Errorf("the peer got %q, want %q", p.got, want)
	}
}

// loop opens a scope of run.
func loop(t *testing.T, typ string, out hub.Sender, run func(context.Context, hub.Conn) error) hub.Consumer {
	t.Helper()
	consumer, err := hub.Blocking(run)(t.Context(), &hub.Scope{ID: "1", Type: typ}, out)
	if err != nil {
		t.Fatal(err)
	}
	return consumer
}

// echo sends back what it receives, until the scope ends.
func echo(ctx context.Context, c hub.Conn) error {
	for {
		e, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		if err := c.Send(hub.Event{Text: c.Scope().ID + e.Text}); err != nil {
			return err
		}
	}
}

func TestBlockingHandlesInOrderBeforeHandleReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		c := loop(t, hub.ScopeMQTT, &p, echo)
		var want []string
		for i := range 100 {
			if err := c.Handle(t.Context(), hub.Event{Text: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
			want = append(want, fmt.Sprint("1", i))
			p.has(t, want...)
		}
		c.Close(t.Context(), nil)
		if len(p.finished) > 0 {
			t.Error("a scope that ended was finished too")
		}
	})
}

// A busy loop has what came before the end, and exerts back-pressure.
func TestBlockingQueuesForSocketsAlone(t *testing.T) {
	for _, test := range []struct {
		typ   string
		ahead int
	}{{hub.ScopeWebSocket, 17}, {hub.ScopeMQTT, 1}, {hub.ScopeChannel, 1}} {
		t.Run(test.typ, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p peer
				busy := make(chan struct{})
				c := loop(t, test.typ, &p, func(ctx context.Context, conn hub.Conn) error {
					e, err := conn.Receive(ctx)
					if err != nil {
						return err
					}
					<-busy
					_ = conn.Send(e)
					err = echo(ctx, conn)
					if !errors.Is(err, hub.ErrEnded) || !strings.Contains(err.Error(), "as told") {
						t.Errorf("the loop saw %v", err)
					}
					return err
				})
				ctx, cancel := context.WithCancel(t.Context())
				handled, ended := 0, make(chan error)
				go func() {
					for {
						if err := c.Handle(ctx, hub.Event{Text: "e"}); err != nil {
							ended <- err
							return
						}
						handled++
					}
				}()
				synctest.Wait()
				want := test.ahead
				if test.typ != hub.ScopeWebSocket {
					want = 0 // it is not handled yet
				}
				if handled != want {
					t.Errorf("%d events were taken of a busy loop", handled)
				}
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				close(busy)
				c.Close(t.Context(), errors.New("as told"))
				p.has(t, append([]string{"e"}, slices.Repeat([]string{"1e"}, test.ahead-1)...)...)
			})
		})
	}
}

func TestBlockingEndsTheScope(t *testing.T) {
	for name, end := range map[string]error{"as it should": nil, "with an error": hub.Errorf(hub.Forbidden, "No.")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p peer
				c := loop(t, hub.ScopeMQTT, &p, func(ctx context.Context, conn hub.Conn) error {
					if _, err := conn.Receive(ctx); err != nil {
						t.Error(err)
					}
					_ = conn.Send(hub.Event{Text: "bye"})
					return end
				})
				if err := c.Handle(t.Context(), hub.Event{}); !errors.Is(err, end) {
					t.Errorf("handled with %v", err)
				}
				p.has(t, "bye")
				if !slices.Equal(p.finished, []error{end}) {
					t.Errorf("finished with %v", p.finished)
				}
				if err := c.Handle(t.Context(), hub.Event{}); hub.CodeOf(err) != hub.Unavailable {
					t.Errorf("after the end: %v", err)
				}
				c.Close(t.Context(), end)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // of a sender without the power
		c := loop(t, hub.ScopeMQTT, nil, func(context.Context, hub.Conn) error { runtime.Goexit(); return nil })
		if err := c.Handle(t.Context(), hub.Event{}); hub.CodeOf(err) != hub.Unavailable {
			t.Errorf("after the end: %v", err)
		}
		c.Close(t.Context(), nil)
	})
}

// A loop that does not receive has a while to end in, and so has the adapter.
func TestBlockingCloseWaitsForAWhile(t *testing.T) {
	for _, test := range []struct {
		name   string
		closed func(context.Context) (context.Context, context.CancelFunc)
		want   time.Duration
		deaf   bool
	}{
		{"by default", func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }, 2 * time.Second, false},
		{"as the adapter says", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Minute)
		}, time.Minute, false},
		{"a deaf one", func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }, 4 * time.Second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				c := loop(t, hub.ScopeWebSocket, nil, func(ctx context.Context, _ hub.Conn) error {
					if !test.deaf {
						<-ctx.Done()
						return ctx.Err()
					}
					<-release
					return nil
				})
				if err := c.Handle(t.Context(), hub.Event{}); err != nil {
					t.Error(err)
				}
				ctx, cancel := test.closed(t.Context())
				defer cancel()
				began := time.Now()
				c.Close(ctx, nil)
				if took := time.Since(began); took != test.want {
					t.Errorf("closed after %v, want %v", took, test.want)
				}
				close(release)
			})
		})
	}
}

// A panic is seen once, by whoever calls the consumer next.
func TestBlockingPanics(t *testing.T) {
	raised := func(f func()) (text string) {
		defer func() {
			if p := recover(); p != nil {
				text = fmt.Sprint(p)
			}
		}()
		f()
		return ""
	}
	bang := func(ctx context.Context, c hub.Conn) error { _, _ = c.Receive(ctx); panic("as told") }
	synctest.Test(t, func(t *testing.T) {
		var p peer
		c := loop(t, hub.ScopeMQTT, &p, bang)
		text := raised(func() { _ = c.Handle(t.Context(), hub.Event{}) })
		if !strings.Contains(text, "as told") || !strings.Contains(text, "blocking_test.go") {
			t.Errorf("Handle raised %q", text)
		}
		if text := raised(func() { c.Close(t.Context(), nil) }); text != "" {
			t.Errorf("and Close %q", text)
		}
		if len(p.finished) != 1 || hub.CodeOf(p.finished[0]) != hub.Internal {
			t.Errorf("finished with %v", p.finished)
		}

		c = loop(t, hub.ScopeWebSocket, &p, bang)
		if err := c.Handle(t.Context(), hub.Event{}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if text := raised(func() { c.Close(t.Context(), nil) }); !strings.Contains(text, "as told") {
			t.Errorf("Close raised %q", text)
		}
	})
}

// A worker whose loop does one message each, loses none.
func TestBlockingAsAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		var mu sync.Mutex
		var done []string
		opened := 0
		end := work(t, layer, hub.Blocking(func(ctx context.Context, c hub.Conn) error {
			mu.Lock()
			opened++
			mu.Unlock()
			for range 2 {
				e, err := c.Receive(ctx)
				if err != nil {
					return err
				}
				m := string(e.Detail.(*hub.ChannelMessage).Body)
				mu.Lock()
				done = append(done, m)
				mu.Unlock()
				switch m {
				case "error":
					return errors.New("as told")
				case "panic":
					panic("as told")
				}
			}
			return nil
		}), "jobs")
		messages := []string{"1", "error", "2", "panic", "3", "4", "", "6", "7"}
		send(t, layer, "jobs", messages...)
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		synctest.Wait()
		if err := end(); err != nil || !slices.Equal(done, messages) || opened != 5 {
			t.Errorf("%d consumers did %q, %v", opened, done, err)
		}
	})
}

// A worker whose consumers end at once makes pauses.
func TestAWorkerThatDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		var mu sync.Mutex
		opened := 0
		end := work(t, layer, hub.Blocking(func(context.Context, hub.Conn) error {
			mu.Lock()
			defer mu.Unlock()
			opened++
			return nil
		}), "jobs")
		send(t, layer, "jobs", "never taken")
		time.Sleep(time.Minute) //nolint:forbidigo // synctest
		if err := end(); err != nil || opened > 15 {
			t.Errorf("opened %d in a minute, %v", opened, err)
		}
	})
}
