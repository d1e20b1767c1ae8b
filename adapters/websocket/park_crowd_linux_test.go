package websocket

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"

	"hubbub/hub"
)

// Where thousands at rest have something to say at once, whoever else has something
// to do waits for some of them, not for all; and all of them are heard, each time.
// Turns are counted, not how long the longest was: a busy machine takes some away.
func TestACrowdIsRousedAFewAtATime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const all = 2048
	var heard atomic.Int64
	s := New(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
		return hub.ConsumerFunc(func(context.Context, hub.Event) error {
			heard.Add(1)
			return nil
		}), nil
	}, Options{
		Identify: func(*http.Request) (hub.User, string, error) { return hub.User{ID: "ada"}, "", nil },
		Rest:     100 * time.Millisecond,
	})
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Shutdown(context.Background()) // the clients have closed
		web.Close()
	})
	var clients []*gorilla.Conn
	for range all {
		ws, _, err := gorilla.DefaultDialer.Dial("ws"+strings.TrimPrefix(web.URL, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ws.Close() })
		clients = append(clients, ws)
	}
	for round := int64(1); round <= 2; round++ {
		await(t, func() int { return atRest(s.parking) }, all)
		s.parking.mu.Lock() // which rousing waits for, until all have spoken
		for _, ws := range clients {
			if err := ws.WriteMessage(gorilla.TextMessage, []byte("hello")); err != nil {
				t.Error(err)
			}
		}
		s.parking.mu.Unlock()
		var turns, last int64 = 0, heard.Load()
		await(t, func() int {
			now := heard.Load()
			if now > last {
				turns, last = turns+1, now
			}
			return int(now)
		}, int(round*all))
		if turns < all/90 || turns > all/20 {
			t.Errorf("%d were heard for each turn of somebody else; want 16 at first, and soon 64", all/turns)
		}
	}
}

func atRest(p *parking) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.parked)
}

// await waits until so many are.
func await(t *testing.T, are func() int, want int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		switch n := are(); {
		case n == want:
			return
		case time.Now().After(deadline):
			t.Fatalf("%d are, want %d", n, want)
		}
	}
}
