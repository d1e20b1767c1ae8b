package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"

	"hubbub/hub"
	"hubbub/hub/auth"
	"hubbub/hub/sqlite"
)

// newHook makes a webhook in the data of a hub that does not run.
func newHook(t *testing.T, dir, room string) (token string) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "hubbub.db"))
	if err != nil {
		t.Fatal(err)
	}
	token, _, err = auth.NewHooks(store).Create(t.Context(), room, "CI")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return token
}

// listen opens a stream and returns the JSON of its events, until it ends.
func listen(t *testing.T, url, lastID string) (next func() (id string, e hub.Event, ok bool)) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", lastID)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return func() (id string, e hub.Event, ok bool) {
		for lines.Scan() {
			if value, found := strings.CutPrefix(lines.Text(), "id: "); found {
				id = value
			}
			if data, found := strings.CutPrefix(lines.Text(), "data: "); found {
				e, err := hub.ParseEvent([]byte(data))
				if err != nil {
					t.Fatal(err)
				}
				return id, e, true
			}
		}
		return "", hub.Event{}, false
	}
}

// A webhook's message reaches a stream and a room's compressed socket; the stream
// goes on where it was after a crash, and is told of a restart.
func TestTheDoorsOfHTTP(t *testing.T) {
	dir := t.TempDir()
	token := newHook(t, dir, "lobby")
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0", "HUBBUB_HTTP_COMPRESS_SOCKETS=true")
	stream := "http://" + p.http + "/api/v1/rooms/lobby/stream?name=bob"
	next := listen(t, stream, "")
	last, e, _ := next()
	if e.Type != hub.TypeRoomJoined {
		t.Fatalf("the stream begins with %+v", e)
	}
	ws, res, err := (&websocket.Dialer{EnableCompression: true}).Dial("ws://"+p.http+"/ws/rooms/lobby?name=cas", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if !strings.Contains(res.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate") {
		t.Errorf("the socket is not compressed: %v", res.Header)
	}
	for joined := false; !joined; {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		joined = strings.Contains(string(frame), `"room.joined"`)
	}

	post := func(text string) {
		t.Helper()
		body, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Post("http://"+p.http+"/hooks/"+token, "application/json", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if answer, err := io.ReadAll(res.Body); err != nil || string(answer) != "ok" {
			t.Fatalf("%s: %s, %v", res.Status, answer, err)
		}
	}
	hears := func(text string) {
		t.Helper()
		for {
			id, e, ok := next()
			if !ok {
				t.Fatalf("the stream ends before %q", text)
			}
			if id != "" {
				last = id
			}
			if e.Type == hub.TypeReceivedMessage {
				if e.Text != text || e.From.Name != "CI" || e.From.Via != "webhook" {
					t.Fatalf("heard %+v, want %q", e, text)
				}
				return
			}
		}
	}
	green := strings.Repeat("The build is green. ", 50)
	post(green)
	hears(strings.TrimSpace(green))
	for heard := false; !heard; {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		heard = strings.Contains(string(frame), green[:100])
	}

	post("missed")
	p.kill()
	p = start(t, dir, p.http, "127.0.0.1:0")
	post("after the crash")
	next = listen(t, stream, last)
	if _, e, _ := next(); !e.Detail.(*hub.Joined).Recovered {
		t.Errorf("resumed with %+v", e.Detail)
	}
	hears("missed")
	hears("after the crash")

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for told := false; ; {
		_, e, ok := next()
		if !ok {
			if !told {
				t.Error("the stream ended without a word")
			}
			break
		}
		told = told || e.Type == hub.TypeRestarting
	}
	if status := p.wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}
