package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"hubbub/hub"
)

// joins joins the room over a socket of its own.
func (p *process) joins(t *testing.T, room string, q hub.Join) hub.Joined {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := say(ws, hub.Event{Type: hub.TypeRoomJoin, Room: room, Detail: &q}); err != nil {
		t.Fatal(err)
	}
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		e, err := hub.ParseEvent(frame)
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := e.Detail.(*hub.Joined); ok {
			return *d
		}
	}
}

// A backup is made while the hub runs. Who saw what came after it is told so when
// it is restored.
func TestABackupIsRestored(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	send := func(text string) {
		t.Helper()
		if out, err := program(t, dir, "send", "ops", text, "--url", "http://"+p.http).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	send("before")
	to := filepath.Join(t.TempDir(), "backup.db")
	out, err := program(t, dir, "backup", to, "--output", "json").Output()
	var report struct{ Rooms, Events int }
	if err != nil || json.Unmarshal(out, &report) != nil || report.Events != 1 || report.Rooms < 1 {
		t.Fatalf("%v: %s", err, out)
	}
	send("after")
	before := p.joins(t, "ops", hub.Join{})
	p.kill()
	backup, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hubbub.db", "hubbub.db-wal", "hubbub.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "hubbub.db"), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	p = start(t, dir, p.http, p.mqtt)
	send("anew") // as many events as there were
	now := p.joins(t, "ops", hub.Join{Since: &before.Head, Epoch: before.Epoch, Limit: 10})
	var texts []string
	for _, e := range now.Events {
		texts = append(texts, e.Event.Text)
	}
	if now.Recovered || now.Epoch == before.Epoch || fmt.Sprint(texts) != "[before anew]" {
		t.Errorf("before it was %+v, restored it is %+v with %v", before, now, texts)
	}
	if out, err := program(t, dir, "backup", to).CombinedOutput(); status(err) != 1 || !strings.Contains(string(out), "is there already") {
		t.Errorf("status %d: %s", status(err), out)
	}
	if out, err := program(t, t.TempDir(), "backup", to+"2").CombinedOutput(); status(err) != 2 || !strings.Contains(string(out), "HUBBUB_DATA") {
		t.Errorf("status %d: %s", status(err), out)
	}
}
