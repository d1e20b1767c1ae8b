package mqtt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
	"hubbub/hub/chat"
	"hubbub/hub/sqlite"
)

// BenchmarkOrdinaryTopics has one publisher and a hundred subscribers at QoS 0, of this
// broker and of mochi's own: time is that of one delivery, cpu-ns/op the processor's, the
// clients' included, which a busy machine does not change much. One message is under way, or
// 64, which is a quarter of what mochi drops the rest at.
func BenchmarkOrdinaryTopics(b *testing.B) {
	for _, broker := range []struct {
		name  string
		start func(*testing.B) string
	}{{"ours", startOurs}, {"mochi", startMochi}} {
		for _, batch := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/batch=%d", broker.name, batch), func(b *testing.B) { fanOutTo(b, broker.start(b), 100, batch) })
		}
	}
}

func startOurs(b *testing.B) string {
	b.Helper()
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "hub.db"))
	if err != nil {
		b.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	h := hub.New(db, hub.NewMemoryLayer(), hub.Options{Logger: quiet})
	srv, err := New(Chat(chat.New(h)), Options{Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = srv.Serve(l) }()
	b.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = srv.Close(ctx)
		h.Close()
		_ = db.Close()
	})
	return l.Addr().String()
}

// allowAll lets anybody do anything.
type allowAll struct{ mochi.HookBase }

func (*allowAll) Provides(b byte) bool {
	return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}

func (*allowAll) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

func (*allowAll) OnACLCheck(*mochi.Client, string, bool) bool { return true }

func startMochi(b *testing.B) string {
	b.Helper()
	srv := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	l := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	if err := srv.AddHook(new(allowAll), nil); err != nil {
		b.Fatal(err)
	}
	if err := srv.AddListener(l); err != nil {
		b.Fatal(err)
	}
	if err := srv.Serve(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	return l.Address()
}

func fanOutTo(b *testing.B, addr string, subscribers, batch int) {
	b.Helper()
	payload := string(make([]byte, 128))
	packet := encode(b, 4, publish("plain", payload, 0, 0))
	dial := func(id string) (net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		hello := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
			ProtocolName: []byte("MQTT"), ClientIdentifier: id, Clean: true, Keepalive: 60,
		}}
		in := bufio.NewReaderSize(conn, 64<<10)
		if _, err := conn.Write(encode(b, 4, hello)); err != nil {
			b.Fatal(err)
		}
		skip(b, in, 4) // CONNACK
		return conn, in
	}
	var missing atomic.Int64
	arrived := make(chan struct{}, 1)
	for i := range subscribers {
		conn, in := dial(fmt.Sprint("s", i))
		if _, err := conn.Write(encode(b, 4, packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1, Filters: packets.Subscriptions{{Filter: "plain"}},
		})); err != nil {
			b.Fatal(err)
		}
		skip(b, in, 5) // SUBACK
		go func() {
			for {
				if _, err := in.Discard(len(packet)); err != nil {
					return
				}
				if missing.Add(-1) == 0 {
					arrived <- struct{}{}
				}
			}
		}()
	}
	conn, _ := dial("p")
	var all []byte
	for range batch {
		all = append(all, packet...)
	}
	before := processorTime(b)
	b.ResetTimer()
	for n := 0; n < b.N; n += batch * subscribers {
		missing.Store(int64(batch * subscribers))
		if _, err := conn.Write(all); err != nil {
			b.Fatal(err)
		}
		<-arrived
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime returns what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func skip(b *testing.B, in io.Reader, n int64) {
	b.Helper()
	if _, err := io.CopyN(io.Discard, in, n); err != nil {
		b.Fatal(err)
	}
}
