package redis

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// wire opens a layer behind a proxy, and another one on the same server.
func wire(t *testing.T) (p *hubtest.Proxy, cut, whole *Layer) {
	t.Helper()
	p = hubtest.NewProxy(t, shared.addr)
	opts := fresh(hub.ChannelOptions{})
	return p, openAt(t, p.Addr(), opts), openAt(t, shared.addr, opts)
}

// receiving waits for a message in the background, and returns once the server
// knows of it.
func receiving(ctx context.Context, t *testing.T, l *Layer, channel string) <-chan string {
	t.Helper()
	got := make(chan string, 1)
	go func() {
		m, err := l.Receive(ctx, channel)
		if err != nil {
			m = []byte(err.Error())
		}
		got <- string(m)
	}()
	eventually(t, "a Receive waits", func() bool {
		return l.rdb.HExists(t.Context(), l.key("waiting", channel), l.id).Val()
	})
	return got
}

func gets(t *testing.T, got <-chan string, want string) {
	t.Helper()
	select {
	case m := <-got:
		if m != want {
			t.Errorf("got %q, want %q", m, want)
		}
	case <-time.After(patience):
		t.Fatalf("%q did not come", want)
	}
}

// A message that was taken, and lost with the connection on its way back, is
// received all the same.
func TestReceiveLosesNothingWithTheConnection(t *testing.T) {
	p, cut, whole := wire(t)
	got := receiving(t.Context(), t, cut, "inbox")
	lost := p.Lose(hubtest.ToClient, "precious")
	ok(t, whole.Send(t.Context(), "inbox", []byte("precious")))
	<-lost
	nothing(t, whole, "inbox")
	p.Resume()
	gets(t, got, "precious")
	nothing(t, whole, "inbox")
}

// Where the Receive is cancelled meanwhile, another one gets the message.
func TestCancelledReceiveGivesBack(t *testing.T) {
	p, cut, whole := wire(t)
	ctx, cancel := context.WithCancel(t.Context())
	got := receiving(ctx, t, cut, "inbox")
	lost := p.Lose(hubtest.ToClient, "precious")
	ok(t, whole.Send(t.Context(), "inbox", []byte("precious")))
	<-lost
	cancel()
	if m := <-got; m == "precious" {
		t.Fatal("received over a wire that is cut")
	}
	p.Resume()
	received(t, whole, "inbox", "precious")
}

func TestOwnerLosesNothingWithTheConnection(t *testing.T) {
	p, cut, whole := wire(t)
	woken := make(chan struct{}, 1)
	in, err := cut.Own(t.Context(), "inbox", func() { token(woken) })
	ok(t, err)
	defer in.Close()
	lost := p.Lose(hubtest.ToClient, "precious")
	ok(t, whole.Send(t.Context(), "inbox", []byte("precious")))
	for {
		select {
		case <-woken:
		case <-time.After(patience):
			t.Fatal("the owner was not woken again")
		}
		m, got := in.Next()
		if got {
			if string(m) != "precious" {
				t.Errorf("was given %q", m)
			}
			return
		}
		<-lost
		p.Resume()
	}
}

// What is published and sent while a hub is cut off wakes it when it is back.
func TestCutConnectionComesBack(t *testing.T) {
	p, cut, whole := wire(t)
	heard := listen(t, cut, "lobby")
	got := receiving(t.Context(), t, cut, "inbox")
	for range 3 {
		p.Cut()
		publishUntilHeard(t, whole, heard)
	}
	p.Refuse()
	p.Cut()
	ok(t, whole.Send(t.Context(), "inbox", []byte("sent meanwhile")))
	if _, err := cut.Listen(within(t, 50*time.Millisecond), "attic", func(*hub.Entry) {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("listened over a wire that is cut: %v", err)
	}
	if err := cut.Send(t.Context(), "inbox", nil); hub.CodeOf(err) != hub.Unavailable {
		t.Errorf("sent over a wire that is cut: %v", err)
	}
	p.Resume()
	gets(t, got, "sent meanwhile")
	publishUntilHeard(t, whole, heard)
}

// A server that is killed and comes back empty is told again who is present, who
// owns, who waits and who listens.
func TestServerRestarts(t *testing.T) {
	s := ownServer(t)
	opts := fresh(hub.ChannelOptions{})
	opts.Presence = time.Hour // so that nothing is renewed by the clock
	a, b := openAt(t, s.addr, opts), openAt(t, s.addr, opts)
	heard := listen(t, a, "lobby")
	got := receiving(t.Context(), t, a, "inbox")
	woken := make(chan struct{}, 1)
	in, err := a.Own(t.Context(), "owned", func() { token(woken) })
	ok(t, err)
	defer in.Close()
	ok(t, a.GroupAdd(t.Context(), "all", "owned"))
	enters(t, a, "ada", true)
	enters(t, a, "bob", true)
	enters(t, b, "ada", false)
	publishUntilHeard(t, b, heard)

	s.stop()
	eventually(t, "a server that is gone is noticed", func() bool { return b.Send(t.Context(), "inbox", nil) != nil })
	e := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Text: "at home"})
	ok(t, a.Publish(t.Context(), "lobby", e))
	if h := <-heard; h != e {
		t.Errorf("without the server, heard %s", h.JSON)
	}
	if _, err := b.Exit(t.Context(), "lobby", "ada"); hub.CodeOf(err) != hub.Unavailable {
		t.Errorf("a departure that the server cannot be told of: %v", err)
	}
	ok(t, s.start())

	eventually(t, "all is as before", func() bool {
		users, _, err := b.Present(t.Context(), "lobby", 10)
		return err == nil && len(users) == 2
	})
	publishUntilHeard(t, b, heard)
	eventually(t, "the member is told", func() bool {
		return b.GroupSend(t.Context(), "all", []byte("after")) == nil && len(woken) > 0
	})
	if m, found := in.Next(); string(m) != "after" || !found {
		t.Errorf("the owner was given %q", m)
	}
	ok(t, b.Send(t.Context(), "inbox", []byte("after")))
	gets(t, got, "after")
	exits(t, a, "ada", true)
}

// Closing does not hang on a server that does, whatever is held there.
func TestCloseWhileTheServerHangs(t *testing.T) {
	s := ownServer(t)
	l, err := Open(t.Context(), "redis://"+s.addr, fresh(hub.ChannelOptions{}))
	ok(t, err)
	listen(t, l, "lobby")
	for i := range 50 {
		_, err := l.Own(t.Context(), fmt.Sprint("owned", i), func() {})
		ok(t, err)
		enters(t, l, fmt.Sprint("user", i), true)
	}
	got := receiving(t.Context(), t, l, "inbox")
	ok(t, s.cmd.Process.Signal(syscall.SIGSTOP))
	for range 100 {
		ok(t, l.Publish(t.Context(), "lobby", hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby"})))
	}
	began := time.Now()
	ok(t, l.Close())
	if d := time.Since(began); d > 2*timeout {
		t.Errorf("closing took %v", d)
	}
	gets(t, got, "receive from channel inbox: "+hub.ErrLayerClosed.Error())
}
