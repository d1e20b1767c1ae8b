package main

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// HTTP/2 without TLS is spoken where the config wants it, streams and all, and
// sockets beside it.
func TestH2C(t *testing.T) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}

	p := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "HUBBUB_HTTP_H2C=true")
	res, err := client.Get("http://" + p.http + "/api/v1/rooms/lobby/stream?name=ada")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.ProtoMajor != 2 || res.StatusCode != http.StatusOK {
		t.Errorf("%s %s", res.Proto, res.Status)
	}
	events := bufio.NewScanner(res.Body)
	for !strings.Contains(events.Text(), `"room.joined"`) {
		if !events.Scan() {
			t.Fatal("the stream ended:", events.Err())
		}
	}
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=bob", nil)
	if err != nil {
		t.Fatal(err)
	}
	ws.Close()

	p = start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0")
	if res, err := client.Get("http://" + p.http + "/healthz"); err == nil {
		res.Body.Close()
		t.Errorf("it is spoken by default: %s %s", res.Proto, res.Status)
	}
}
