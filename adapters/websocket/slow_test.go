package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"

	"hubbub/adapters/websocket"
	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/hubtest"
)

// newLog serves the chat of a hub whose log takes no memory, and tells what the
// scopes ended for.
func newLog(t testing.TB, hubOpts hub.Options, opts websocket.Options) (h *hub.Hub, url string, causes <-chan error) {
	t.Helper()
	h = hub.New(&hubtest.Endless{}, hub.NewMemoryLayer(), hubOpts)
	t.Cleanup(h.Close)
	ended := make(chan error, 10)
	_, url = serve(t, websocket.Chat(func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
		c, err := chat.New(h)(ctx, s, out)
		return &watched{c, ended}, err
	}), opts)
	return h, url, ended
}

// watched tells what it was closed for.
type watched struct {
	hub.Consumer
	ended chan<- error
}

func (w *watched) Close(ctx context.Context, cause error) {
	w.Consumer.Close(ctx, cause)
	w.ended <- cause
}

// narrow dials as name, with a small buffer for what arrives, and joins the room.
func narrow(t testing.TB, url, name, room string, since int64) *client {
	t.Helper()
	dialer := gorilla.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(256 << 10) // with less, loopback crawls
		}
		return conn, err
	}}
	ws, _, err := dialer.Dial(url+"?name="+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	c := &client{ws, t}
	c.say(`{"type":"room.join","room":"%s","since":%d}`, room, since)
	if joined := c.await(hub.TypeRoomJoined).Detail.(*hub.Joined); !joined.Recovered || joined.Head != since {
		t.Fatalf("joined: %+v", joined)
	}
	return c
}

// flood publishes so many events and waits until all are kept.
func flood(t testing.TB, h *hub.Hub, room string, events int, text string) {
	t.Helper()
	s := &hub.Scope{ID: "s", Type: hub.ScopeChat, User: hub.User{ID: "sender", Name: "sender", Kind: hub.Bot}}
	var kept sync.WaitGroup
	kept.Add(events)
	for range events {
		h.Publish(t.Context(), s, &hub.Event{Type: hub.TypeSendMessage, Room: room, Text: text}, func(_ *hub.Entry, err error) {
			if err != nil {
				t.Error(err)
			}
			kept.Done()
		})
	}
	kept.Wait()
}

// readTo reads the events after seq up to last, and fails unless each comes
// once and in order. It returns the seq of the last one where the connection
// ended before, and how.
func (c *client) readTo(seq, last int64) (int64, error) {
	c.t.Helper()
	for seq < last {
		_, frame, err := c.ReadMessage()
		if err != nil {
			return seq, err
		}
		e, err := hub.ParseEvent(frame)
		if err != nil {
			c.t.Fatal(err)
		}
		if e.Seq == 0 {
			continue // presence
		}
		if seq++; e.Seq != seq {
			c.t.Fatalf("seq %d came, want %d", e.Seq, seq)
		}
	}
	return seq, nil
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools let go
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Promise 6: what a reader does not read takes no memory, however much it is,
// and waits for it in the log.
func TestAStoppedReaderGoesOnFromTheLog(t *testing.T) {
	const events, size, readers = 8000, 16 << 10, 4
	h, url, _ := newLog(t, hub.Options{Frames: 256 << 10, Lag: 1 << 40}, websocket.Options{Stall: time.Hour, Ping: time.Hour})
	var stopped []*client
	for i := range readers {
		stopped = append(stopped, narrow(t, url, fmt.Sprint("reader", i), "lobby", 0))
	}
	before := heap()
	flood(t, h, "lobby", events, strings.Repeat("x", size))
	grown := heap() - before
	t.Logf("%d readers that stopped, %d MiB published: %d kB more on the heap", readers, events*size>>20, grown>>10)
	if grown > 4<<20 {
		t.Errorf("%d kB more on the heap", grown>>10)
	}
	_ = stopped[0].SetReadDeadline(time.Now().Add(time.Minute))
	if seq, err := stopped[0].readTo(0, events/5); err != nil { // beyond what was on its way and in memory
		t.Errorf("after seq %d: %v", seq, err)
	}
}

// Who takes nothing is cut off, and resumes where it was.
func TestWhoTakesNothingIsCutOff(t *testing.T) {
	const events, size = 400, 64 << 10
	h, url, causes := newLog(t, hub.Options{MaxText: size, MaxEvent: 2 * size, Lag: 1 << 40},
		websocket.Options{Stall: time.Second, Ping: time.Hour})
	c := narrow(t, url, "reader", "lobby", 0)
	flood(t, h, "lobby", events, strings.Repeat("x", size))
	if cause := <-causes; !errors.Is(cause, hub.ErrSlow) {
		t.Errorf("the scope ended with %v", cause)
	}
	seq, err := c.readTo(0, events+1) // what was on its way
	var told *gorilla.CloseError
	if err == nil || errors.As(err, &told) && told.Code != gorilla.CloseAbnormalClosure {
		t.Errorf("after seq %d: %v", seq, err)
	}
	again := dial(t, url+"?name=reader")
	again.say(`{"type":"room.join","room":"lobby","since":%d,"epoch":"endless"}`, seq)
	for seq < events { // an answer ends early where much was missed, and the rest follows
		e := again.next()
		if joined, ok := e.Detail.(*hub.Joined); ok {
			if !joined.Recovered || len(joined.Events) == 0 || joined.Events[0].Event.Seq != seq+1 {
				t.Fatalf("resumed after %d: recovered %v, %d events", seq, joined.Recovered, len(joined.Events))
			}
			seq = joined.Head
		} else if e.Seq > 0 {
			if seq++; e.Seq != seq {
				t.Fatalf("seq %d came, want %d", e.Seq, seq)
			}
		}
	}
}

// Who lags too far behind and reads on is told so.
func TestWhoLagsTooFarIsTold(t *testing.T) {
	h, url, causes := newLog(t, hub.Options{Lag: 1 << 20}, websocket.Options{Stall: time.Minute, Ping: time.Hour})
	c := narrow(t, url, "reader", "lobby", 0)
	flood(t, h, "lobby", 2000, strings.Repeat("x", 16<<10)) // more than the kernel takes
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.readTo(0, 2001); !gorilla.IsCloseError(err, 4001) {
		t.Errorf("it was ended with %v", err)
	}
	_ = c.Close()
	if cause := <-causes; !errors.Is(cause, hub.ErrSlow) {
		t.Errorf("the scope ended with %v", cause)
	}
}

// So is one that talks meanwhile.
func TestWhoLagsAndTalksIsTold(t *testing.T) {
	h, url, _ := newLog(t, hub.Options{Lag: 1 << 20}, websocket.Options{Stall: time.Minute, Ping: time.Hour})
	c := narrow(t, url, "reader", "lobby", 0)
	flood(t, h, "lobby", 2000, strings.Repeat("x", 16<<10))
	for range 20 {
		c.say(`{"type":"chat.typing","room":"lobby"}`)
		if err := c.WriteControl(gorilla.PingMessage, nil, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.readTo(0, 2001); !gorilla.IsCloseError(err, 4001) {
		t.Errorf("it was ended with %v", err)
	}
}

// What readers that stopped cost a sender: the time of publishing to a room
// with so many of them, and to one with none, in turn.
func BenchmarkPublishBesideStoppedReaders(b *testing.B) {
	const readers, size = 8, 4 << 10
	rooms := []string{"without", "with"}
	h := newHub(b, hub.NewMemoryLayer(), hub.Options{Lag: 1 << 40})
	_, url := serve(b, websocket.Chat(chat.New(h)), websocket.Options{Stall: time.Hour, Ping: time.Hour})
	for i := range readers {
		narrow(b, url, fmt.Sprint("reader", i), "with", 0)
	}
	text := strings.Repeat("x", size)
	for _, room := range rooms {
		flood(b, h, room, 8<<20/size, text) // more than the kernel takes
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, room := range rooms {
			began := time.Now()
			flood(b, h, room, 1, text)
			took[room] = append(took[room], time.Since(began))
		}
	}
	at := map[string]float64{}
	for _, room := range rooms {
		slices.Sort(took[room])
		for name, i := range map[string]int{"p50": 50, "p99": 99} {
			at[room+name] = float64(took[room][len(took[room])*i/100].Microseconds())
			b.ReportMetric(at[room+name], "µs-"+name+"-"+room)
		}
	}
	b.ReportMetric(at["withp50"]/at["withoutp50"], "ratio-p50")
	b.ReportMetric(at["withp99"]/at["withoutp99"], "ratio-p99")
}
