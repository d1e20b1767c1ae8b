package hubtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
)

func testChannels(t *testing.T, open OpenLayer) {
	var none hub.ChannelOptions
	runLayer(t, open, []layerTest{
		{"what one sender sends is received in that order", none, channelOrder},
		{"exactly one of several readers gets a message", none, channelReaders},
		{"a reader waits for its message, and channels are apart", none, channelWaits},
		{"a cancelled Receive loses nothing", none, channelCancelled},
		{"a channel is full at its capacity, and counts what it refused", hub.ChannelOptions{
			Capacities: []hub.Capacity{{Pattern: "small!*", Messages: 2}, {Pattern: "small*", Messages: 3}, {Pattern: "*", Messages: 4}},
		}, channelPatterns},
		{"without a pattern the capacity is 100", none, channelCapacity},
		{"messages of 1 MiB pass, too large ones are refused", none, channelSizes},
		{"the sender's bytes are never changed, and the receiver's are its own", none, channelBytes},
		{"names that others may not read are refused", none, channelNames},
		{"a new channel has a name of its own", none, channelNew},
		{"a message that is not received in time is dropped and counted", hub.ChannelOptions{Expiry: 50 * time.Millisecond}, channelExpiry},
		{"a flush empties channels and groups, and leaves those who wait", none, channelFlush},
		{"closing ends those who wait", none, channelClose},
	})
}

func channelOrder(t *testing.T, l *layer) {
	const senders, each = 5, 100
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for i := range each {
				for ctx := within(t, patience); ; {
					err := l.Send(ctx, "inbox", fmt.Appendf(nil, "%d %d", s, i))
					if err == nil {
						break
					}
					if !errors.Is(err, hub.ErrChannelFull) || ctx.Err() != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	var next [senders]int
	for range senders * each {
		m, err := l.Receive(within(t, patience), "inbox")
		if err != nil {
			t.Fatal(err)
		}
		var s, i int
		if _, err := fmt.Sscan(string(m), &s, &i); err != nil || i != next[s] {
			t.Fatalf("received %q, want number %d of %d", m, next[s], s)
		}
		next[s]++
	}
	all.Wait()
	l.empty(t, "inbox")
}

func channelReaders(t *testing.T, l *layer) {
	const readers, messages = 8, 90
	got := make(chan string, messages)
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for {
				m, err := l.Receive(ctx, "work")
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				got <- string(m)
			}
		})
	}
	for i := range messages {
		l.send(t, "work", fmt.Sprint(i))
	}
	eachOnce(t, got, messages)
	stop()
	all.Wait()
	if len(got) > 0 {
		t.Errorf("and then %q", <-got)
	}
}

func channelWaits(t *testing.T, l *layer) {
	started, received := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(received)
		close(started)
		l.receives(t, "waits", "came later")
	}()
	<-started
	l.send(t, "Another-one_2.0!x", "kept until it is asked for")
	l.send(t, "waits", "came later")
	<-received
	l.receives(t, "Another-one_2.0!x", "kept until it is asked for")
	l.empty(t, "waits")
}

// A Receive is cancelled at the moment when its message comes: whichever was
// first, the message is received once.
func channelCancelled(t *testing.T, l *layer) {
	for i := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan string, 1)
		go func() {
			m, err := l.Receive(ctx, "inbox")
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			result <- string(m)
		}()
		want := fmt.Sprint(i)
		var both sync.WaitGroup
		both.Go(cancel)
		both.Go(func() { l.send(t, "inbox", want) })
		both.Wait()
		got := <-result
		if got == "" {
			l.receives(t, "inbox", want)
		} else if got != want {
			t.Fatalf("received %q, want %q", got, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	l.send(t, "inbox", "stays")
	if m, err := l.Receive(ended, "inbox"); err == nil {
		t.Errorf("a Receive that was cancelled before received %q", m)
	}
	l.receives(t, "inbox", "stays")
	l.empty(t, "inbox")
}

// fills fails unless the channel takes n messages and refuses the next one.
func (l *layer) fills(t *testing.T, channel string, n int) {
	t.Helper()
	for i := range n {
		l.send(t, channel, fmt.Sprint(i))
	}
	err := l.Send(t.Context(), channel, []byte("one too many"))
	if !errors.Is(err, hub.ErrChannelFull) || hub.CodeOf(err) != hub.Unavailable || !strings.Contains(err.Error(), channel) {
		t.Errorf("message %d to %s: %v, want %v", n+1, channel, err, hub.ErrChannelFull)
	}
}

func channelPatterns(t *testing.T, l *layer) {
	for channel, capacity := range map[string]int{"small!1": 2, "smaller": 3, "else": 4} {
		l.fills(t, channel, capacity)
	}
	if d := l.Drops(); d != (hub.Drops{Full: 3}) {
		t.Errorf("drops are %+v", d)
	}
	l.receives(t, "small!1", "0")
	l.send(t, "small!1", "there is room again")
	l.receives(t, "small!1", "1", "there is room again")
}

func channelCapacity(t *testing.T, l *layer) { l.fills(t, "channel", hub.DefaultCapacity) }

func channelSizes(t *testing.T, l *layer) {
	l.groupAdd(t, "all", "inbox")
	for _, size := range []int{0, 1, 1 << 20, hub.MaxChannelMessage} {
		message := bytes.Repeat([]byte{0, 255, '\n', '"'}, size/4+1)[:size]
		ok(t, l.Send(t.Context(), "inbox", message))
		ok(t, l.GroupSend(t.Context(), "all", message))
		l.receives(t, "inbox", string(message), string(message))
	}
	ok(t, l.Send(t.Context(), "inbox", nil))
	l.receives(t, "inbox", "")
	tooLarge := make([]byte, hub.MaxChannelMessage+1)
	for _, err := range []error{l.Send(t.Context(), "inbox", tooLarge), l.GroupSend(t.Context(), "all", tooLarge)} {
		if !errors.Is(err, hub.ErrMessageTooLarge) || hub.CodeOf(err) != hub.TooLarge {
			t.Errorf("a message above the limit: %v, want %v", err, hub.ErrMessageTooLarge)
		}
	}
	l.empty(t, "inbox")
}

func channelBytes(t *testing.T, l *layer) {
	for _, member := range []string{"a", "b", "c"} {
		l.groupAdd(t, "all", member)
	}
	message := []byte("original")
	ok(t, l.GroupSend(t.Context(), "all", message))
	ok(t, l.Send(t.Context(), "a", message))
	copy(message, "changed!") // the sender may use its bytes again
	for range 2 {
		for _, member := range []string{"a", "a", "b", "c"} {
			got, err := l.Receive(within(t, patience), member)
			if err != nil || string(got) != "original" {
				t.Errorf("%s received %q, %v", member, got, err)
			}
			for i := range got {
				got[i] = 'x' // and the receiver what it was given
			}
			_ = append(got, "more"...)
		}
		if string(message) != "changed!" {
			t.Fatalf("the sender's bytes became %q", message)
		}
		copy(message, "original")
		ok(t, l.GroupSend(t.Context(), "all", message))
		ok(t, l.Send(t.Context(), "a", message))
		copy(message, "changed!")
	}
}

func channelNames(t *testing.T, l *layer) {
	ctx := t.Context()
	for _, name := range []string{
		"a", "!", "a!", "AZaz09-_.!x", strings.Repeat("n", hub.MaxChannelName),
	} {
		ok(t, l.GroupAdd(ctx, name, name))
		ok(t, l.GroupSend(ctx, name, []byte(name)))
		l.receives(t, name, name)
	}
	for _, name := range []string{
		"", "a\n", "\n", "a b", "a!b!", "!!", "a/b", "a:b", "ä", "a\x00", "a*", strings.Repeat("n", hub.MaxChannelName+1),
	} {
		_, receiveErr := l.Receive(ctx, name)
		_, ownErr := l.Own(ctx, name, func() {})
		for what, err := range map[string]error{
			"Send": l.Send(ctx, name, nil), "Receive": receiveErr, "Own": ownErr,
			"GroupSend": l.GroupSend(ctx, name, nil),
			"GroupAdd":  l.GroupAdd(ctx, name, "a"), "GroupAdd of": l.GroupAdd(ctx, "a", name),
			"GroupDiscard": l.GroupDiscard(ctx, name, "a"), "GroupDiscard of": l.GroupDiscard(ctx, "a", name),
		} {
			if hub.CodeOf(err) != hub.Invalid {
				t.Errorf("%s %q: %v, want %s", what, name, err, hub.Invalid)
			}
		}
	}
}

func channelNew(t *testing.T, l *layer) {
	names := map[string]bool{}
	longest := strings.Repeat("p", hub.MaxChannelPrefix)
	for range 50 {
		for _, prefix := range []string{"", "worker", longest} {
			name, err := l.NewChannel(t.Context(), prefix)
			if err != nil || names[name] || !strings.HasPrefix(name, prefix) || !strings.Contains(name, "!") {
				t.Errorf("a new channel with prefix %q: %q, %v", prefix, name, err)
			}
			names[name] = true
			ok(t, hub.CheckChannelName(name))
		}
	}
	for _, prefix := range []string{"a!", "a b", "a\n", longest + "p"} {
		if name, err := l.NewChannel(t.Context(), prefix); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("a new channel with prefix %q: %q, %v", prefix, name, err)
		}
	}
}

func channelExpiry(t *testing.T, l *layer) {
	l.send(t, "inbox", "stale")
	<-time.After(60 * time.Millisecond)
	for { // the fresh one may expire too, on a slow machine
		l.send(t, "inbox", "fresh")
		m, err := l.Receive(within(t, moment), "inbox")
		if err == nil {
			if string(m) != "fresh" {
				t.Errorf("received %q", m)
			}
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	if d := l.Drops(); d.Expired == 0 || d.Full != 0 {
		t.Errorf("drops are %+v", d)
	}
}

func channelFlush(t *testing.T, l *layer) {
	l.send(t, "inbox", "flushed")
	l.groupAdd(t, "all", "inbox")
	in, woken := l.own(t, "owned")
	l.send(t, "owned", "flushed")
	ok(t, l.Flush(t.Context()))
	l.groupSend(t, "all", "to nobody")
	l.empty(t, "inbox")
	if m, got := in.Next(); got {
		t.Errorf("the owner was given %q", m)
	}
	received := make(chan struct{})
	go func() {
		defer close(received)
		l.receives(t, "inbox", "after")
	}()
	ok(t, l.Flush(t.Context()))
	l.send(t, "inbox", "after")
	l.send(t, "owned", "after")
	<-received
	if got := next(t, in, woken); got != "after" {
		t.Errorf("the owner was given %q", got)
	}
	if d := l.Drops(); d != (hub.Drops{}) {
		t.Errorf("what was flushed counts as dropped: %+v", d)
	}
}

func channelClose(t *testing.T, l *layer) {
	ctx := t.Context()
	in, _ := l.own(t, "owned")
	l.send(t, "owned", "lost")
	ended := make(chan error)
	for range 2 {
		go func() {
			_, err := l.Receive(ctx, "inbox")
			ended <- err
		}()
	}
	ok(t, l.Close())
	for range 2 {
		if err := <-ended; !errors.Is(err, hub.ErrLayerClosed) {
			t.Errorf("a Receive that waited: %v", err)
		}
	}
	_, receiveErr := l.Receive(ctx, "inbox")
	_, ownErr := l.Own(ctx, "inbox", func() {})
	for what, err := range map[string]error{
		"Send": l.Send(ctx, "a", nil), "Receive": receiveErr, "Own": ownErr, "Flush": l.Flush(ctx),
		"GroupSend": l.GroupSend(ctx, "a", nil), "GroupAdd": l.GroupAdd(ctx, "a", "a"), "GroupDiscard": l.GroupDiscard(ctx, "a", "a"),
	} {
		if !errors.Is(err, hub.ErrLayerClosed) {
			t.Errorf("%s on a closed layer: %v", what, err)
		}
	}
	if m, got := in.Next(); got {
		t.Errorf("an inbox of a closed layer gave %q", m)
	}
	ok(t, l.Close())
}

// eachOnce waits for that many messages, no two the same.
func eachOnce(t *testing.T, got <-chan string, messages int) {
	t.Helper()
	seen := map[string]bool{}
	for range messages {
		select {
		case m := <-got:
			if seen[m] {
				t.Errorf("%s came twice", m)
			}
			seen[m] = true
		case <-time.After(patience):
			t.Fatalf("%d of %d came", len(seen), messages)
		}
	}
}
