package mqtt

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// A client that does not take what it has subscribed to is ended as slow when too much
// waits: it is told so, and it is counted and logged. Nobody else waits for it or
// misses anything.
func TestASlowSubscriber(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		qos     byte
		payload int
		v       byte
	}{
		{"does not acknowledge", 1, 10, 5},
		{"does not complete", 2, 10, 5},
		{"does not read", 0, 2000, 5},
		{"does not read, at QoS 1", 1, 2000, 5},
		{"does not read, in 3.1.1", 0, 2000, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			r := start(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			slow, good, pub := r.connect(t, test.v, "slow"), r.connect(t, 5, "good"), r.connect(t, 5, "pub")
			slow.granted(1, "busy/#", test.qos)
			good.granted(1, "busy/#", test.qos)
			text := strings.Repeat("x", test.payload)
			sent := 0
			for ; r.srv.Stats().Slow == 0; sent++ {
				if sent*test.payload > 64<<20 || sent > 3*maxWaiting && test.payload < 100 {
					t.Fatalf("%d messages, and it is not slow", sent)
				}
				topic := fmt.Sprint("busy/", sent)
				pub.publish(topic, text, test.qos, uint16(sent%50+1)*min(uint16(test.qos), 1))
				switch test.qos {
				case 1:
					pub.expect(packets.Puback)
				case 2:
					pub.expect(packets.Pubrec)
					pub.send3(packets.Pubrel, uint16(sent%50+1))
					pub.expect(packets.Pubcomp)
				}
				good.hear(topic, text, test.qos, false)
			}
			if test.payload == 10 && sent < maxWaiting {
				t.Errorf("it was ended after %d messages", sent)
			}
			before := slow.ended()
			last := before[len(before)-1]
			if told := last.FixedHeader.Type == packets.Disconnect && last.ReasonCode == packets.ErrQuotaExceeded.Code; told != (test.v == 5) {
				t.Errorf("the last of %d packets is %s %#x", len(before), packets.PacketNames[last.FixedHeader.Type], last.ReasonCode)
			}
			if s := r.srv.Stats(); s.Slow != 1 || s.Refused != 0 {
				t.Errorf("counted %+v", s)
			}
			if !strings.Contains(log.String(), "clients that do not keep up were ended") || !strings.Contains(log.String(), "client=slow") {
				t.Errorf("log %s", log.String())
			}
			pub.publish("busy/last", "x", 0, 0)
			good.hear("busy/last", "x", 0, false)
		})
	}
}

// heap returns how many bytes are in use.
func heap() int {
	for range 3 { // pools give up what they hold in two
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A connection and a subscription keep what they need of their packets, however large
// these were.
func TestLargePacketsAreNotKept(t *testing.T) {
	r := start(t, Options{})
	large := withUser("k", strings.Repeat("x", 60_000), "l", strings.Repeat("x", 60_000))
	cl := r.connect(t, 5, "c")
	before := heap()
	for i := range uint16(200) {
		cl.granted(i+1, fmt.Sprint("plain/", i), 1, large)
		if i < 100 {
			r.connect(t, 5, fmt.Sprint("c", i), large).granted(1, fmt.Sprint("rooms/r", i), 1, large)
		}
	}
	if grown := heap() - before; grown > 6<<20 {
		t.Errorf("%d kB for 100 connections and 300 subscriptions", grown>>10)
	}
}

// What waits for many slow clients is in memory once.
func TestSlowSubscribersShareWhatWaits(t *testing.T) {
	const clients, each, messages = 100, 64 << 10, 50
	r := start(t, Options{})
	pub := r.connect(t, 5, "pub")
	for i := range clients {
		r.connect(t, 5, fmt.Sprint("c", i), func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 1 }).granted(1, "a", 1)
	}
	before := heap()
	text := strings.Repeat("x", each)
	for range messages {
		pub.put("a", text)
	}
	const own = clients * each * 3 // what is on its way to each, and the sockets' readers
	if grown := heap() - before; grown > messages*each*3+own {
		t.Errorf("%d kB more for %d messages of %d kB to %d clients", grown>>10, messages, each>>10, clients)
	}
	if s := r.srv.Stats(); s.Slow != 0 || s.Delivered != clients*messages {
		t.Errorf("counted %+v", s)
	}
}

// A client that owes too much is told so, after what is under way to it, and is ended
// whatever it sends.
func TestAClientThatOwesTooMuch(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 5, "c")
	s := r.srv.session("c")
	for err := error(nil); err == nil; {
		err = s.link.send(make([]byte, 64<<10))
	}
	all, err := io.ReadAll(cl.in)
	if want := s.peer.disconnect(packets.ErrQuotaExceeded.Code, hub.ErrSlow.Message); err != nil || !bytes.HasSuffix(all, want) {
		t.Errorf("the last of %d bytes are %q, %v", len(all), all[max(0, len(all)-len(want)):], err)
	}
	unanswered := encode(t, 5, publish("plain", "x", 0, 0))
	eventually(t, "it is ended", func() bool {
		_, _ = cl.conn.Write(unanswered) // each begins a keep alive, while it is read
		return r.srv.session("c") == nil
	})
}
