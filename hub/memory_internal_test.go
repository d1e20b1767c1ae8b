package hub

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func sleep(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // synctest
	synctest.Wait()
}

// got returns what waits in the channel.
func (l *MemoryLayer) got(t *testing.T, channel string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	m, err := l.Receive(ctx, channel)
	if err != nil {
		return "nothing"
	}
	return string(m)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// forgotten fails if anything is kept, also a clock that would be looked at.
func (l *MemoryLayer) forgotten(t *testing.T) {
	t.Helper()
	chs := &l.channels
	chs.mu.Lock()
	defer chs.mu.Unlock()
	if len(chs.byName) > 0 || len(chs.groups) > 0 || chs.expiry != nil {
		t.Errorf("kept are %d channels, %d groups, a timer: %v", len(chs.byName), len(chs.groups), chs.expiry != nil)
	}
}

func TestMemoryChannelsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		// With these times the clock is looked at every 25 s, and not at 60 s.
		l := MemoryLayer{Options: ChannelOptions{GroupExpiry: 50 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}}
		for _, name := range []string{"in-time", "too-late", "never"} {
			must(t, l.Send(t.Context(), name, []byte("hi")))
		}
		sleep(time.Minute - time.Millisecond)
		if got := l.got(t, "in-time"); got != "hi" {
			t.Errorf("after less than a minute: %s", got)
		}
		sleep(time.Millisecond)
		if got := l.got(t, "too-late"); got != "nothing" {
			t.Errorf("after a minute: %s", got)
		}
		// What nobody asks for is forgotten too.
		sleep(time.Minute)
		l.forgotten(t)
		if l.Drops() != (Drops{Expired: 2}) || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "full=0 expired=2 abandoned=0 last_channel=") {
			t.Errorf("drops are %+v, the log says %s", l.Drops(), &log)
		}
		// A full channel whose messages have expired has room.
		for range DefaultCapacity {
			must(t, l.Send(t.Context(), "full", []byte("old")))
		}
		sleep(time.Minute)
		must(t, l.Send(t.Context(), "full", []byte("new")))
		if got := l.got(t, "full"); got != "new" {
			t.Errorf("received %s", got)
		}
	})
}

func TestMembershipsLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewMemoryLayer()
		in, err := l.Own(t.Context(), "owned", func() {})
		must(t, err)
		for _, name := range []string{"owned", "receives", "added", "silent", "swept"} {
			must(t, l.GroupAdd(t.Context(), "all", name))
		}
		must(t, l.GroupAdd(t.Context(), "others", "added"))
		for range 7 { // days
			sleep(DefaultGroupExpiry - time.Second)
			l.got(t, "receives")
			must(t, l.GroupAdd(t.Context(), "all", "added"))
		}
		sleep(time.Second)
		must(t, l.GroupAdd(t.Context(), "else", "silent")) // does not bring back what has ended
		must(t, l.GroupSend(t.Context(), "all", []byte("hi")))
		for name, want := range map[string]string{"owned": "hi", "receives": "hi", "added": "hi", "silent": "nothing", "swept": "nothing"} {
			if got := l.got(t, name); got != want {
				t.Errorf("%s got %s, want %s", name, got, want)
			}
		}
		sleep(2 * DefaultGroupExpiry)
		in.Close()
		sleep(time.Minute)
		l.forgotten(t)
	})
}

func TestMembershipsEndToTheMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The clock is looked at every 5 s, and not when the memberships end.
		l := MemoryLayer{Options: ChannelOptions{Expiry: 10 * time.Second, GroupExpiry: 12 * time.Second}}
		ctx, cancel := context.WithCancel(t.Context())
		for _, name := range []string{"silent", "again", "waits"} {
			must(t, l.GroupAdd(t.Context(), "all", name))
		}
		received := make(chan struct{})
		go func() {
			defer close(received)
			_, err := l.Receive(ctx, "waits")
			must(t, err)
		}()
		sleep(12 * time.Second)
		must(t, l.GroupAdd(t.Context(), "else", "again")) // does not bring back what has ended
		must(t, l.GroupAdd(t.Context(), "later", "waits"))
		hear := func(group string, want map[string]string) {
			t.Helper()
			must(t, l.GroupSend(t.Context(), group, []byte("hi")))
			for name, want := range want {
				if got := l.got(t, name); got != want {
					t.Errorf("%s got %s, want %s", name, got, want)
				}
			}
		}
		hear("all", map[string]string{"silent": "nothing", "again": "nothing"})
		<-received // what waits was still there
		go func() { _, _ = l.Receive(ctx, "waits") }()
		sleep(20 * time.Second)
		cancel() // and so it was there until now
		sleep(11 * time.Second)
		hear("later", map[string]string{"waits": "hi"})
	})
}

// What is of no use is forgotten at once, without waiting for the clock.
func TestMemoryChannelsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewMemoryLayer()
		ctx := t.Context()
		for i := range 1000 {
			name := fmt.Sprint("channel!", i)
			in, err := l.Own(ctx, name, func() {})
			must(t, err)
			must(t, l.GroupAdd(ctx, "all", name))
			must(t, l.GroupAdd(ctx, name, name))
			must(t, l.Send(ctx, "other", nil))
			l.got(t, "other")
			in.Close()
		}
		if n := len(l.channels.byName) + len(l.channels.groups); n > 0 {
			t.Errorf("%d channels and groups are kept", n)
		}
		sleep(time.Minute)
		l.forgotten(t)
	})
}

func TestQuietChannelsNeedNoGoroutine(t *testing.T) {
	l := NewMemoryLayer()
	defer l.Close()
	before := runtime.NumGoroutine()
	for i := range 1000 {
		name := fmt.Sprint("channel!", i)
		_, err := l.Own(t.Context(), name, func() {})
		must(t, err)
		must(t, l.GroupAdd(t.Context(), "all", name))
	}
	must(t, l.GroupSend(t.Context(), "all", []byte("hi")))
	if n := runtime.NumGoroutine() - before; n > 10 {
		t.Errorf("%d goroutines for 1000 channels", n)
	}
}

// Who has no id, as scopes of a program of one's own may, is counted like others.
func TestMemoryLayerCountsWhoHasNoID(t *testing.T) {
	var l MemoryLayer
	for _, id := range []string{"ada", "", "bob"} {
		_, err := l.Enter(t.Context(), "lobby", Participant{ID: id, Name: "user " + id})
		must(t, err)
	}
	_, err := l.Exit(t.Context(), "lobby", "ada")
	must(t, err)
	users, count, err := l.Present(t.Context(), "lobby", MaxPresent)
	must(t, err)
	if count != 2 || len(users) != 2 || users[0].Name != "user " || users[1].ID != "bob" {
		t.Errorf("%d are there: %+v", count, users)
	}
}
