package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// BenchmarkIdle prints what an idle connection costs a hub in another process:
// 10,000 sockets in one room, and in 1,000 rooms. A process may open some 20,000
// files, of which either end takes half.
func BenchmarkIdle(b *testing.B) {
	const connections, dialers = 10_000, 64
	for _, rooms := range []int{1, 1000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			for b.Loop() {
				p := start(b, b.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "HUBBUB_BOTS="+b.TempDir(), "GOMAXPROCS=1")
				before := p.resident(b)
				began := time.Now()
				sockets := make(chan *websocket.Conn, connections)
				var dialing sync.WaitGroup
				for d := range dialers {
					dialing.Go(func() {
						for i := d; i < connections; i += dialers {
							ws, err := p.join(i, fmt.Sprint("room", i%rooms))
							if err != nil {
								b.Error(err)
								return
							}
							sockets <- ws
						}
					})
				}
				dialing.Wait()
				close(sockets)
				b.ReportMetric(time.Since(began).Seconds(), "s-until-joined")
				b.ReportMetric(float64(p.resident(b)-before)/connections, "B/conn")
				for ws := range sockets {
					_ = ws.Close()
				}
				p.kill()
			}
		})
	}
}

// join opens a socket of a guest that has joined the room.
func (p *process) join(i int, room string) (*websocket.Conn, error) {
	ws, res, err := websocket.DefaultDialer.Dial(fmt.Sprintf("ws://%s/ws?name=user%d", p.http, i), nil)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	if err := ws.WriteJSON(&hub.Event{Type: hub.TypeRoomJoin, Room: room}); err != nil {
		return nil, err
	}
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return nil, err
		}
		if bytes.Contains(data, []byte(hub.TypeRoomJoined)) {
			return ws, nil
		}
	}
}

// resident returns the memory that the process has in use, in bytes.
func (p *process) resident(b *testing.B) int64 {
	b.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
