package hubtest

import (
	"context"
	"sync"

	"hubbub/hub"
)

// Strict returns app with its consumers watched, to be put behind middleware or an
// adapter whose calls are to be proved: a consumer that is handed an event beside
// another or after its end, or is closed twice, or beside an event, fails the test.
// So does one that is still open at its end: after the cleanups of all that was
// opened since Strict was called.
func Strict(t TB, app hub.Application) hub.Application {
	var mu sync.Mutex
	var all []*watched
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range all {
			w.mustBeClosed()
		}
	})
	return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		consumer, err := app(ctx, s, out)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		w := &watched{t: t, consumer: consumer, scope: s}
		all = append(all, w)
		return w, nil
	}
}

type watched struct {
	t        TB
	consumer hub.Consumer
	scope    *hub.Scope

	mu     sync.Mutex
	busy   string // with what
	closed bool
}

// Handle implements [hub.Consumer].
func (w *watched) Handle(ctx context.Context, e hub.Event) error {
	defer w.enter("was handed "+describe(&e), false)()
	return w.consumer.Handle(ctx, e)
}

// Close implements [hub.Consumer].
func (w *watched) Close(ctx context.Context, cause error) {
	defer w.enter("was closed", true)()
	w.consumer.Close(ctx, cause)
}

// enter says what begins, and returns what ends it.
func (w *watched) enter(what string, closes bool) (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		w.t.Errorf("hubtest: the consumer of the %s scope %s %s after its end", w.scope.Type, w.scope.Path, what)
	case w.busy != "":
		w.t.Errorf("hubtest: the consumer of the %s scope %s %s while it %s", w.scope.Type, w.scope.Path, what, w.busy)
	}
	w.busy, w.closed = what, w.closed || closes
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy = ""
	}
}

func (w *watched) mustBeClosed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.t.Errorf("hubtest: the consumer of the %s scope %s was never closed", w.scope.Type, w.scope.Path)
	}
}
