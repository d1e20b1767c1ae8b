package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// faulty is a server of one room that does not do what it should, as wrong says:
// which seqs the listener of that name is sent for event seq.
type faulty struct {
	wrong func(listener string, seq int64) []int64

	mu        sync.Mutex
	listeners map[string]*websocket.Conn
	seq       int64
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	f.mu.Lock()
	f.listeners[r.URL.Query().Get("name")] = ws
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"room.joined","room":"bench.none.0","head":0}`))
	f.mu.Unlock()
	for {
		_, body, err := ws.ReadMessage()
		if err != nil {
			return
		}
		said, _ := text(body, []byte(`"text":"`))
		f.mu.Lock()
		f.seq++
		for name, to := range f.listeners {
			for _, seq := range f.wrong(name, f.seq) {
				_ = to.WriteMessage(websocket.TextMessage, fmt.Appendf(nil,
					`{"type":"chat.received_message","room":"bench.none.0","id":"x","seq":%d,"text":"%s"}`, seq, said))
			}
		}
		f.mu.Unlock()
	}
}

// measure puts a short load on the server. Listener bench0 is the sender.
func (f *faulty) measure(t *testing.T) *Result {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	target, err := At(t.Context(), server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	target.Usage = nil
	r, err := (&Bench{Target: target}).Traffic(t.Context(), "fanout", Load{Members: 3, Senders: 1, Window: 1, Duration: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatAServerDoesWrongIsReported(t *testing.T) {
	held := int64(0)
	for name, c := range map[string]struct {
		wrong func(listener string, seq int64) []int64
		want  func(*Result) bool
	}{
		"nothing": {
			func(_ string, seq int64) []int64 { return []int64{seq} },
			func(r *Result) bool { return r.right() && r.Deliveries > 0 },
		},
		"one is lost": {
			func(l string, seq int64) []int64 {
				if l == "bench2" && seq == 5 {
					return nil
				}
				return []int64{seq}
			},
			func(r *Result) bool { return r.Lost == 1 && r.Repeated == 0 && r.Late == 0 },
		},
		"one comes twice": {
			func(l string, seq int64) []int64 {
				if l == "bench2" && seq == 5 {
					return []int64{seq, seq}
				}
				return []int64{seq}
			},
			func(r *Result) bool { return r.Lost == 0 && r.Repeated == 1 && r.Late == 0 },
		},
		"two cross": {
			func(l string, seq int64) []int64 {
				switch {
				case l == "bench2" && seq == 5:
					held = seq
					return nil
				case l == "bench2" && seq == 6:
					return []int64{seq, held}
				}
				return []int64{seq}
			},
			func(r *Result) bool { return r.Lost == 0 && r.Repeated == 0 && r.Late == 1 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			if r := (&faulty{wrong: c.wrong, listeners: make(map[string]*websocket.Conn)}).measure(t); !c.want(r) {
				t.Errorf("reported as %+v", r)
			}
		})
	}
}

func TestAnErrorOfTheHubEndsTheLoad(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"title":"Too Many Requests","detail":"Wait a little."}`))
	}))
	defer server.Close()
	target, err := At(context.Background(), server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&Bench{Target: target}).Traffic(t.Context(), "fanout", Load{Members: 1, Senders: 1, Window: 1})
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("429 Too Many Requests. Wait a little.")) {
		t.Errorf("the error is %v", err)
	}
}
