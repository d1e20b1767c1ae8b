package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

// Who is connected is listed for the operator, and for nobody else.
func TestScopesAreListed(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=Ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if _, _, err := ws.ReadMessage(); err != nil { // session.opened
		t.Fatal(err)
	}
	out, err := program(t, dir, "scopes", "-o", "json").Output()
	var all []httpapi.AdminScope
	if err != nil || json.Unmarshal(out, &all) != nil || len(all) != 1 || all[0].User.Name != "Ada" || all[0].Type != "websocket" ||
		all[0].Remote != ws.LocalAddr().String() || all[0].Opened.IsZero() {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := program(t, dir, "scopes").Output(); err != nil || !strings.Contains(string(out), "websocket  Ada") {
		t.Errorf("%v: %s", err, out)
	}
	res, err := http.Get("http://" + p.http + httpapi.ScopesPath)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the key: %v, %v", res, err)
	}
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if info, err := os.Stat(filepath.Join(dir, "hubbub.run")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is in %v, %v", info, err)
	}
	if out, err := program(t, t.TempDir(), "scopes").CombinedOutput(); exitStatus(err) != statusUnreachable || !strings.Contains(string(out), "no hub runs on") {
		t.Errorf("%v: %s", err, out)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil || p.wait() != 0 {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "hubbub.run")); !os.IsNotExist(err) {
		t.Errorf("a hub that stopped has left its key: %v", err)
	}
}

// Rooms are listed, trimmed and deleted while a hub runs, when it was killed and
// when it is stopped.
func TestRoomCommands(t *testing.T) {
	dir := t.TempDir()
	do := func(want string, status int, args ...string) {
		t.Helper()
		out, err := program(t, dir, args...).CombinedOutput()
		if got := exitStatus(err); got != status || !strings.Contains(string(out), want) {
			t.Errorf("hubbub %v: status %d, %s", args, got, out)
		}
	}
	do("there is no database in", 2, "room", "list")
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0", "HUBBUB_ROOMS_RULES=none.*=none")
	for _, room := range []string{"ops", "attic"} {
		cmd := program(t, dir, "send", room, "--url", "http://"+p.http)
		cmd.Stdin = strings.NewReader(strings.Repeat("a line\n", 20))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	before := p.joins(t, "ops", hub.Join{})
	do("attic  20", 0, "room", "list")
	do("ops keeps 5 events, from seq 16 to 20", 0, "room", "trim", "ops", "--keep", "5")
	do("--keep is a time", 2, "room", "trim", "ops", "--keep", "none")
	do("present  ", 0, "room", "show", "ops")
	do("There is no room nowhere.", 1, "room", "show", "nowhere")
	do("say --yes", 2, "room", "delete", "ops")

	ws, _, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := say(ws, hub.Event{Type: hub.TypeRoomJoin, Room: "ops"}); err != nil {
		t.Fatal(err)
	}
	heard := func(typ string) {
		t.Helper()
		for {
			_, frame, err := ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			if e, err := hub.ParseEvent(frame); err == nil && e.Type == typ && e.Room == "ops" {
				return
			}
		}
	}
	heard(hub.TypeRoomJoined)
	do("ops is deleted", 0, "room", "delete", "ops", "--yes")
	heard(hub.TypeRoomRemoved)
	do("There is no room ops.", 1, "room", "delete", "ops", "--yes")
	now := p.joins(t, "ops", hub.Join{Since: &before.Head, Epoch: before.Epoch})
	if now.Recovered || now.Epoch == before.Epoch || now.Head != 0 || now.First != 1 {
		t.Errorf("the room was %+v, made again it is %+v", before, now)
	}
	p.kill() // which leaves the key of a hub that is no more
	do("attic  20", 0, "room", "list")
	do("attic keeps 7 events", 0, "room", "trim", "attic", "--keep", "7")
	do("attic is deleted", 0, "room", "delete", "attic", "--yes")
	p = start(t, dir, p.http, p.mqtt)
	after := p.joins(t, "attic", hub.Join{})
	if after.Head != 0 {
		t.Errorf("made again it is %+v", after)
	}
}
