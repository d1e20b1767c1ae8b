package hubtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hubbub/hub"
)

// OpenLayer opens an empty layer with such channels.
type OpenLayer func(t *testing.T, channels hub.ChannelOptions) hub.Layer

// TestLayer proves the contract of [hub.Layer]. It waits for what happens and
// for short expiries, never for a while that is hoped to be enough; so a layer
// may be on another machine.
func TestLayer(t *testing.T, open OpenLayer) {
	t.Run("Live", func(t *testing.T) { testLive(t, open) })
	t.Run("Sequences", func(t *testing.T) { testSequences(t, open) })
	t.Run("Presence", func(t *testing.T) { testPresence(t, open) })
	t.Run("Channels", func(t *testing.T) { testChannels(t, open) })
	t.Run("Groups", func(t *testing.T) { testGroups(t, open) })
	t.Run("Owners", func(t *testing.T) { testOwners(t, open) })
}

type layerTest struct {
	name string
	opts hub.ChannelOptions
	run  func(*testing.T, *layer)
}

// runLayer runs each test on a layer of its own, after which no goroutine is left.
func runLayer(t *testing.T, open OpenLayer, tests []layerTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			l := &layer{Layer: open(t, test.opts)}
			t.Cleanup(func() {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
				goleak.VerifyNone(t, before)
			})
			test.run(t, l)
		})
	}
}

// layer is the layer under test with what the tests do to it.
type layer struct{ hub.Layer }

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// moment is how long a test gives what must not happen, after all that could
// bring it about.
const moment = 20 * time.Millisecond

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func (l *layer) send(t *testing.T, channel, message string) {
	t.Helper()
	ok(t, l.Send(t.Context(), channel, []byte(message)))
}

func (l *layer) groupSend(t *testing.T, group, message string) {
	t.Helper()
	ok(t, l.GroupSend(t.Context(), group, []byte(message)))
}

func (l *layer) groupAdd(t *testing.T, group, channel string) {
	t.Helper()
	ok(t, l.GroupAdd(t.Context(), group, channel))
}

// receives fails unless the channel gives these messages, in this order.
func (l *layer) receives(t *testing.T, channel string, want ...string) {
	t.Helper()
	for _, w := range want {
		got, err := l.Receive(within(t, patience), channel)
		if err != nil {
			t.Fatalf("waiting for %.40q: %v", w, err)
		}
		if string(got) != w {
			t.Errorf("received %.40q, want %.40q", got, w)
		}
	}
}

// empty fails if the channel gives a message.
func (l *layer) empty(t *testing.T, channel string) {
	t.Helper()
	got, err := l.Receive(within(t, moment), channel)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("received %.40q, %v, want nothing", got, err)
	}
}

// own returns an inbox and a channel that has a token after each wake.
func (l *layer) own(t *testing.T, channel string) (hub.Inbox, <-chan struct{}) {
	t.Helper()
	woken := make(chan struct{}, 1)
	in, err := l.Own(t.Context(), channel, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	return in, woken
}

// next waits for the owner to be woken, and for the inbox to give a message.
func next(t *testing.T, in hub.Inbox, woken <-chan struct{}) string {
	t.Helper()
	await(t, woken)
	return more(t, in, woken)
}

// more waits for the inbox to give a message, for which the owner may have been
// woken already.
func more(t *testing.T, in hub.Inbox, woken <-chan struct{}) string {
	t.Helper()
	for {
		if m, ok := in.Next(); ok {
			return string(m)
		}
		await(t, woken)
	}
}

func await(t *testing.T, woken <-chan struct{}) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(patience):
		t.Fatal("an owner was not woken")
	}
}
