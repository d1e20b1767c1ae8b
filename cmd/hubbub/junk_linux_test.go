package main

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// junkLimit is how much memory junk may make the hub take beyond what it had: less
// than one of the larger pieces.
const junkLimit = memoryFactor * 96 << 20

// Junk ends the connection that brings it, with an answer where the protocol has
// one, and nothing else: the process goes on, others are served meanwhile, and
// memory stays bounded.
func TestJunk(t *testing.T) {
	secure := startTLS(t, "HUBBUB_HTTP_TLS_REDIRECT=false")
	p := secure.process
	before := p.memory(t)
	served := p.beServed(t)
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 64<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	deep := strings.Repeat(`[`, 50_000)
	for _, test := range []struct {
		name   string
		junk   func(j junker) string
		answer string // what the answer holds; empty where there need be none
	}{
		{"random bytes over HTTP", func(j junker) string { return j.throw(j.http, noise) }, "400 Bad Request"},
		{"random bytes over MQTT", func(j junker) string { return j.throw(j.mqtt, noise) }, ""},
		{"an endless line", func(j junker) string {
			return j.throw(j.http, append([]byte("GET /"), bytes.Repeat([]byte("x"), 8<<20)...))
		}, "431 Request Header Fields Too Large"},
		{"an endless body", func(j junker) string {
			head := "POST /api/v1/rooms/lobby/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
			return j.throw(j.http, append([]byte(head), bytes.Repeat([]byte("x"), 100<<20)...))
		}, "413"},
		{"a handshake with a wrong key", func(j junker) string {
			return j.throw(j.http, []byte("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n"))
		}, "400 Bad Request"},
		{"a frame of 100 MB", func(j junker) string { return j.frames(websocket.TextMessage, make([]byte, 100<<20)) }, "1009"},
		{"a frame that is not UTF-8", func(j junker) string { return j.frames(websocket.TextMessage, []byte("{\"type\":\"\xff\"}")) }, `"code":"invalid"`},
		{"JSON nested too deep", func(j junker) string {
			return j.frames(websocket.TextMessage, []byte(`{"type":"chat.send_message","room":"lobby","data":`+deep))
		}, `"code":"invalid"`},
		{"ten bad frames", func(j junker) string {
			return j.frames(websocket.TextMessage, []byte("no"), []byte("no"), []byte("no"), []byte("no"), []byte("no"),
				[]byte("no"), []byte("no"), []byte("no"), []byte("no"), []byte("no"))
		}, "1008"},
		{"binary noise in frames", func(j junker) string { return j.frames(websocket.BinaryMessage, noise[:1000]) }, `"code":"invalid"`},
		{"a PUBLISH of 100 MB", func(j junker) string {
			connect := []byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'j'}
			publish := binary.AppendUvarint([]byte{0x30}, 100<<20)
			return j.throw(j.mqtt, append(append(connect, publish...), make([]byte, 100<<20)...))
		}, "\x20\x02\x00\x00"},
		{"random bytes over https", func(j junker) string { return j.throw(j.https, noise) }, ""},
		{"random bytes over MQTT with TLS", func(j junker) string { return j.throw(j.mqtts, noise) }, ""},
		{"plain HTTP over https", func(j junker) string {
			return j.throw(j.https, []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		}, "Client sent an HTTP request to an HTTPS server"},
		{"a plain CONNECT over TLS", func(j junker) string {
			return j.throw(j.mqtts, []byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'j'})
		}, ""},
		{"half a handshake over https", func(j junker) string { return j.throw(j.https, halfHello) }, ""},
		{"half a handshake of MQTT", func(j junker) string { return j.throw(j.mqtts, halfHello) }, ""},
		{"random bytes inside TLS over MQTT", func(j junker) string { return j.throwSecure(j.mqtts, secure.trust(), noise) }, ""},
		{"random bytes inside HTTP/2", func(j junker) string {
			trust := secure.trust()
			trust.NextProtos = []string{"h2"}
			return j.throwSecure(j.https, trust, append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), noise...))
		}, ""},
		{"an endless line over https", func(j junker) string {
			return j.throwSecure(j.https, secure.trust(), append([]byte("GET /"), bytes.Repeat([]byte("x"), 8<<20)...))
		}, "431 Request Header Fields Too Large"},
		{"a packet before CONNECT", func(j junker) string { return j.throw(j.mqtt, []byte{0xC0, 0}) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if answer := test.junk(junker{t, p}); !strings.Contains(answer, test.answer) {
				t.Errorf("was answered %.300q, want %q in it", answer, test.answer)
			}
		})
	}
	t.Run("2,000 silent connections", func(t *testing.T) { p.silence(t, 2000, p.http, p.mqtt) })
	t.Run("2,000 silent connections to the ports of TLS", func(t *testing.T) { p.silence(t, 2000, p.https, p.mqtts) })
	t.Run("2,000 half handshakes", func(t *testing.T) { p.silenceAfter(t, 2000, halfHello, p.https, p.mqtts) })
	served()
	grown := p.memory(t) - before
	t.Logf("the hub took %d MB more at most", grown>>20)
	if grown > junkLimit {
		t.Errorf("the hub took %d MB more", grown>>20)
	}
}

// junker throws junk at a hub.
type junker struct {
	*testing.T
	*process
}

// memory returns the most memory that the process has had in use, in bytes.
func (p *process) memory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("there is no VmHWM")
	return 0
}

// beServed has someone chat until the function it returns is called, which fails
// where an answer took more than some seconds.
func (p *process) beServed(t *testing.T) (end func()) {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var chatting sync.WaitGroup
	chatting.Go(func() {
		defer ws.Close()
		for i := 0; ; i++ {
			e := hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Ref: strconv.Itoa(i), Text: "still there?"}
			if err := ws.WriteMessage(websocket.TextMessage, hub.AppendJSON(nil, &e)); err != nil {
				t.Error(err)
				return
			}
			_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
			for answered := false; !answered; {
				_, data, err := ws.ReadMessage()
				if err != nil {
					t.Errorf("message %d: %v", i, err)
					return
				}
				answered = bytes.Contains(data, []byte(hub.TypeSentMessage))
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() {
		close(stop)
		chatting.Wait()
	}
}

// halfHello begins a ClientHello of 508 bytes (RFC 8446, section 4.1.2), which never
// comes whole.
var halfHello = append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 100)...)

// throw sends junk to a listener and returns what it answers, until it ends the
// connection.
func (j junker) throw(addr string, junk []byte) string {
	j.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		j.Fatal(err)
	}
	return j.throwOver(c, junk)
}

// throwSecure is throw after a TLS handshake.
func (j junker) throwSecure(addr string, trust *tls.Config, junk []byte) string {
	j.Helper()
	c, err := tls.Dial("tcp", addr, trust)
	if err != nil {
		j.Fatal(err)
	}
	return j.throwOver(c, junk)
}

func (j junker) throwOver(c net.Conn, junk []byte) string {
	j.Helper()
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(60 * time.Second))
	go func() {
		_, _ = c.Write(junk) // cut off when the hub has had enough
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	answer, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		j.Error("the connection was not ended")
	}
	return string(answer)
}

// frames sends frames and returns what is answered, and the close code, until the
// hub ends the connection or has nothing more to say.
func (j junker) frames(kind int, frames ...[]byte) string {
	j.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+j.http+"/ws?name=junk", nil)
	if err != nil {
		j.Fatal(err)
	}
	defer ws.Close()
	go func() {
		for _, f := range frames {
			_ = ws.WriteMessage(kind, f)
		}
	}()
	var answer strings.Builder
	_ = ws.SetReadDeadline(time.Now().Add(60 * time.Second))
	for said := 0; said < len(frames); {
		_, data, err := ws.ReadMessage()
		if err != nil {
			fmt.Fprint(&answer, err)
			return answer.String()
		}
		if !bytes.Contains(data, []byte(hub.TypeSessionOpened)) {
			said++
		}
		answer.Write(data)
	}
	if len(frames) > 1 { // the end follows
		if _, _, err := ws.ReadMessage(); err != nil {
			fmt.Fprint(&answer, err)
		}
	}
	return answer.String()
}

// silence opens connections that say nothing, to all the addresses, and has the hub
// serve others beside them.
func (p *process) silence(t *testing.T, connections int, addresses ...string) {
	t.Helper()
	p.silenceAfter(t, connections, nil, addresses...)
}

// silenceAfter is silence after a few bytes.
func (p *process) silenceAfter(t *testing.T, connections int, begin []byte, addresses ...string) {
	t.Helper()
	var all []net.Conn
	for i := range connections {
		c, err := net.Dial("tcp", addresses[i%len(addresses)])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(begin) // one too many is closed already
		all = append(all, c)
	}
	opened := time.Now()
	res, err := http.Get("http://" + p.http + "/readyz")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Error("not ready beside them", err, res)
	} else {
		res.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	// The hub ends them by itself.
	for i, c := range all {
		_ = c.SetReadDeadline(opened.Add(30 * time.Second))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("connection %d is kept for ever", i)
		}
		c.Close()
	}
	t.Logf("all were gone %v after the last had come", time.Since(opened).Round(100*time.Millisecond))
}
