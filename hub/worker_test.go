package hub_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// workshop makes consumers of workers, and keeps what they were handed.
type workshop struct {
	handle func(ctx context.Context, body string) error // may be nil
	refuse error                                        // instead of making a consumer

	mu     sync.Mutex
	done   []string // message, after it was handled
	opened []*hub.Scope
	closed []error // causes
}

func (w *workshop) app(_ context.Context, s *hub.Scope, _ hub.Sender) (hub.Consumer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened = append(w.opened, s)
	return &workbench{w, s, false}, w.refuse
}

type workbench struct {
	shop   *workshop
	scope  *hub.Scope
	closed bool
}

func (b *workbench) Handle(ctx context.Context, e hub.Event) error {
	m, ok := e.Detail.(*hub.ChannelMessage)
	if !ok || e.Type != hub.TypeChannelMessage {
		return fmt.Errorf("handed %+v", e)
	}
	if b.shop.handle != nil {
		if err := b.shop.handle(ctx, string(m.Body)); err != nil {
			return err
		}
	}
	b.shop.mu.Lock()
	defer b.shop.mu.Unlock()
	b.shop.done = append(b.shop.done, string(m.Body))
	return nil
}

func (b *workbench) Close(_ context.Context, cause error) {
	b.shop.mu.Lock()
	defer b.shop.mu.Unlock()
	if b.closed {
		cause = errors.New("closed twice")
	}
	b.closed = true
	b.shop.closed = append(b.shop.closed, cause)
}

var silent = hub.WorkOptions{Logger: slog.New(slog.DiscardHandler)}

// work starts Work, and returns what ends it and waits for its error.
func work(t *testing.T, layer hub.Channels, app hub.Application, names ...string) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hub.Work(ctx, layer, app, silent, names...) }()
	synctest.Wait()
	return func() error { cancel(); return <-ended }
}

func send(t *testing.T, layer hub.Channels, channel string, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := layer.Send(t.Context(), channel, []byte(m)); err != nil {
			t.Error(err)
		}
	}
}

func TestWorkIsRoutedByChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		var thumbnails, mails workshop
		end := work(t, layer, hub.ByType(map[string]hub.Application{
			hub.ScopeChannel: hub.ByChannel(map[string]hub.Application{"thumbnails": thumbnails.app, "mails": mails.app}),
		}), "thumbnails", "mails")
		send(t, layer, "thumbnails", "1", "2", "3")
		send(t, layer, "mails", "4")
		synctest.Wait()
		if err := end(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(thumbnails.done, []string{"1", "2", "3"}) || !slices.Equal(mails.done, []string{"4"}) {
			t.Errorf("thumbnails of %q, mails %q", thumbnails.done, mails.done)
		}
		if s := mails.opened[0]; len(mails.opened) != 1 || s.Type != hub.ScopeChannel || s.Path != "mails" || s.ID == "" || s.Opened.IsZero() {
			t.Errorf("opened %+v", s)
		}
		if !slices.Equal(mails.closed, []error{nil}) || !slices.Equal(thumbnails.closed, []error{nil}) {
			t.Errorf("closed with %v and %v", mails.closed, thumbnails.closed)
		}
	})
}

// Each message goes to one worker, whichever hub it is on, and a slow one
// keeps nothing from the others.
func TestWorkersShareAChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		release := make(chan struct{})
		slow := workshop{handle: func(context.Context, string) error { <-release; return nil }}
		var quick workshop
		endSlow := work(t, layer, slow.app, "jobs")
		send(t, layer, "jobs", "long")
		synctest.Wait()
		endQuick := work(t, layer, quick.app, "jobs", "jobs")
		var want []string
		for i := range 90 {
			want = append(want, fmt.Sprint(i))
			send(t, layer, "jobs", fmt.Sprint(i))
		}
		synctest.Wait()
		slices.Sort(want)
		slices.Sort(quick.done)
		if !slices.Equal(quick.done, want) || len(quick.opened) != 2 {
			t.Errorf("%d workers did %q beside the slow one", len(quick.opened), quick.done)
		}
		close(release)
		if err := errors.Join(endQuick(), endSlow()); err != nil || !slices.Equal(slow.done, []string{"long"}) {
			t.Errorf("the slow one did %q, %v", slow.done, err)
		}
	})
}

// What is under way is finished, and what waits is left to other workers.
func TestWorkEndsGracefully(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		w := workshop{handle: func(ctx context.Context, _ string) error {
			select {
			case <-time.After(hub.DefaultDrain - time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		end := work(t, layer, w.app, "jobs")
		send(t, layer, "jobs", "under way", "waits", "too")
		synctest.Wait()
		if err := end(); err != nil || !slices.Equal(w.done, []string{"under way"}) || !slices.Equal(w.closed, []error{nil}) {
			t.Errorf("did %q, closed with %v: %v", w.done, w.closed, err)
		}
		for _, want := range []string{"waits", "too"} {
			if got, err := layer.Receive(t.Context(), "jobs"); err != nil || string(got) != want {
				t.Errorf("%q is left, %v", got, err)
			}
		}

		w = workshop{handle: func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }}
		end = work(t, layer, w.app, "jobs")
		send(t, layer, "jobs", "endless")
		synctest.Wait()
		began := time.Now()
		if err := end(); err != nil || time.Since(began) != hub.DefaultDrain {
			t.Errorf("who does not finish is told after %v, %v", time.Since(began), err)
		}
	})
}

func TestWorkSurvivesWhatAConsumerCannotHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		defer layer.Close()
		w := workshop{handle: func(_ context.Context, body string) error {
			switch body {
			case "error":
				return errors.New("not understood")
			case "panic":
				panic("as told")
			}
			return nil
		}}
		end := work(t, layer, w.app, "jobs")
		send(t, layer, "jobs", "1", "error", "2", "panic", "3", "panic", "panic", "4")
		synctest.Wait()
		if err := end(); err != nil || !slices.Equal(w.done, []string{"1", "2", "3", "4"}) {
			t.Errorf("did %q, %v", w.done, err)
		}
		if len(w.opened) != 4 || len(w.closed) != 4 || w.opened[0].ID == w.opened[1].ID {
			t.Fatalf("opened %d, closed %v", len(w.opened), w.closed)
		}
		for i, cause := range w.closed {
			if panicked := cause != nil && strings.Contains(cause.Error(), "as told"); panicked != (i < 3) {
				t.Errorf("consumer %d was closed with %v", i, cause)
			}
		}
	})
}

// flaky is a layer that fails, until it does not.
type flaky struct {
	hub.Channels
	fails int
}

func (f *flaky) Receive(ctx context.Context, channel string) ([]byte, error) {
	if f.fails--; f.fails >= 0 {
		return nil, errors.New("cannot be reached")
	}
	return f.Channels.Receive(ctx, channel)
}

func TestWorkGoesOnWhereTheLayerComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		var w workshop
		send(t, layer, "jobs", "1")
		ended := make(chan error)
		began := time.Now()
		go func() { ended <- hub.Work(t.Context(), &flaky{layer, 10}, w.app, silent, "jobs") }()
		time.Sleep(45 * time.Second) //nolint:forbidigo // synctest
		synctest.Wait()
		if !slices.Equal(w.done, []string{"1"}) || len(w.opened) != 1 {
			t.Errorf("after %v did %q with %d consumers", time.Since(began), w.done, len(w.opened))
		}
		layer.Close()
		if err := <-ended; !errors.Is(err, hub.ErrLayerClosed) || len(w.closed) != 1 || !errors.Is(w.closed[0], hub.ErrLayerClosed) {
			t.Errorf("a closed layer: %v, closed with %v", err, w.closed)
		}
	})
}

func TestWorkThatCannotBegin(t *testing.T) {
	layer := hub.NewMemoryLayer()
	defer layer.Close()
	var w workshop
	app := hub.ByChannel(map[string]hub.Application{
		"jobs": w.app,
		"none": func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return nil, nil },
		"bang": func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { panic("as told") },
	})
	for _, test := range []struct {
		names []string
		want  hub.Code
	}{
		{nil, hub.Invalid},
		{[]string{"jobs", "no name"}, hub.Invalid},
		{[]string{"jobs", "attic"}, hub.NotFound},
		{[]string{"jobs", "none"}, hub.Internal},
		{[]string{"jobs", "bang"}, hub.Internal},
	} {
		if err := hub.Work(t.Context(), layer, app, silent, test.names...); err == nil || hub.CodeOf(err) != test.want {
			t.Errorf("%q: %v, want %s", test.names, err, test.want)
		}
	}
	if len(w.opened) != 4 || !slices.Equal(w.closed, make([]error, 4)) {
		t.Errorf("opened %d, closed with %v", len(w.opened), w.closed)
	}
	if _, err := app(t.Context(), &hub.Scope{Type: hub.ScopeWebSocket, Path: "jobs"}, nil); hub.CodeOf(err) != hub.NotFound {
		t.Errorf("a scope that is no worker's: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a route to what is no channel is accepted")
		}
	}()
	hub.ByChannel(map[string]hub.Application{"no name": nil})
}

// A worker may publish in rooms as its user, but has nobody to answer.
func TestAWorkerHasNobodyToAnswer(t *testing.T) {
	layer := hub.NewMemoryLayer()
	defer layer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	opts := silent
	opts.User = hub.User{ID: "bot:thumbs", Name: "Thumbs", Kind: hub.Bot}
	err := hub.Work(ctx, layer, func(_ context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		cancel()
		if err := out.Send(hub.Event{Type: "hello"}); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("sent with %v", err)
		}
		if p := s.Participant(); p != (hub.Participant{ID: "bot:thumbs", Name: "Thumbs", Kind: hub.Bot, Via: "channel"}) {
			t.Errorf("is seen as %+v", p)
		}
		return &workbench{shop: &workshop{}}, nil
	}, opts, "jobs")
	if err != nil {
		t.Error(err)
	}
}
