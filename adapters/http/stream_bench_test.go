package http_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"hubbub/hub"
)

// What streams cost that hear nothing, and what an event costs for all of them.
func BenchmarkStreams(b *testing.B) {
	const streams = 2000
	s := newServer(b)
	conns := make([]net.Conn, 0, streams)
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what pools let go
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before, goroutines := heap(), runtime.NumGoroutine()
	small := make([]byte, 4<<10)
	for range streams {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		fmt.Fprintf(conn, "GET %s/stream?name=bob HTTP/1.1\r\nHost: localhost\r\n\r\n", lobby)
		if n, err := conn.Read(small); err != nil || !bytes.HasPrefix(small[:n], []byte("HTTP/1.1 200")) {
			b.Fatalf("%s %v", small[:n], err)
		}
	}
	bytesEach := float64(heap()-before) / streams
	goroutinesEach := float64(runtime.NumGoroutine()-goroutines) / streams
	ada := &hub.Scope{ID: "s", Type: hub.ScopeChat, User: hub.User{ID: "ada", Name: "ada", Kind: hub.Bot}}
	last := fmt.Appendf(nil, `"seq":%d,`, b.N)
	var readers sync.WaitGroup
	for _, conn := range conns {
		readers.Go(func() {
			buf, kept := make([]byte, 4<<10), 0
			for {
				n, err := conn.Read(buf[kept:])
				if err != nil || bytes.Contains(buf[:kept+n], last) {
					return
				}
				kept = copy(buf, buf[max(0, kept+n-64):kept+n])
			}
		})
	}
	b.ResetTimer()
	for range b.N {
		s.hub.Publish(b.Context(), ada, &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "kettle?"}, func(_ *hub.Entry, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	readers.Wait()
	b.ReportMetric(bytesEach, "B/stream")
	b.ReportMetric(goroutinesEach, "goroutines/stream")
	b.ReportMetric(float64(b.N)*streams/b.Elapsed().Seconds(), "deliveries/s")
}
