package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub"
)

// Two bots count what is said: one for each user over both rooms, one for each room.
const counting = `
name: %s
rooms: [lobby, den]
conversation: %s
variables: {n: 0}
rules:
  - command: /count
    do:
      - set: {n: "${n + 1}"}
      - reply: "${n}"
  - otherwise:                 # counted without a word
    set: {n: "${n + 1}"}
`

const (
	counters = 8  // who speak
	counted  = 40 // messages of each
)

// Promise 8 through kill -9: each message is answered once, and counts once, in what a
// bot keeps of a user over two rooms as in what it keeps of a room.
func TestKill9CountsOnce(t *testing.T) {
	dir, bots := t.TempDir(), t.TempDir()
	for _, of := range []string{"user", "room"} {
		if err := os.WriteFile(filepath.Join(bots, of+".yaml"), fmt.Appendf(nil, counting, of, of), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := "HUBBUB_BOTS=" + bots
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0", env)
	httpAddr, mqttAddr := p.http, p.mqtt
	var acked atomic.Int64
	var speakers sync.WaitGroup
	for i := range counters {
		speakers.Go(func() { speak(t, httpAddr, i, &acked) })
	}
	for share := int64(1); share <= 4; share++ {
		for acked.Load() < counters*counted*share/5 {
			<-time.After(retry)
		}
		p.kill()
		p = start(t, dir, httpAddr, mqttAddr, env)
	}
	speakers.Wait()
	http.DefaultClient.CloseIdleConnections()

	var lobby, den []hub.Event
	done := func() bool {
		lobby, den = p.log(t, "lobby"), p.log(t, "den")
		return allAnswered(t, lobby) && allAnswered(t, den)
	}
	for deadline := time.Now().Add(20 * time.Second); !done(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the bots do not answer all that was said")
		}
	}
	users := make(map[string]map[string]bool) // the numbers that each was told
	for _, log := range [][]hub.Event{lobby, den} {
		n := 0
		for i := range log {
			e := &log[i]
			if e.From.Kind == hub.Bot {
				continue
			}
			n++
			if e.Text != "/count" {
				continue
			}
			if got := answerOf(log, e, "bot:room"); got != fmt.Sprint(n) {
				t.Errorf("message %d of room %s is told it is number %s", n, e.Room, got)
			}
			told := users[e.From.ID]
			if told == nil {
				told = make(map[string]bool)
				users[e.From.ID] = told
			}
			got := answerOf(log, e, "bot:user")
			if told[got] {
				t.Errorf("%s was told twice to be at %s", e.From.Name, got)
			}
			told[got] = true
		}
	}
	for id, told := range users {
		for n := range counted { // in which order the rooms are listened to is the bot's
			delete(told, fmt.Sprint(n+1))
		}
		if len(told) > 0 {
			t.Errorf("user %s was told %v of %d messages", id, told, counted)
		}
	}
	p.kill()
}

// speak says all that one of them says, each until it is acknowledged: in the two
// rooms in turn, so that a message is said when the one before is in the log.
func speak(t *testing.T, addr string, who int, acked *atomic.Int64) {
	t.Helper()
	post := func(path, guest, body string, into any) bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return true
		}
		req.Header.Set("Content-Type", "application/json")
		if guest != "" {
			req.Header.Set("Authorization", "Bearer "+guest)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode/100 == 2 && json.NewDecoder(res.Body).Decode(into) == nil
	}
	var session struct{ Guest string }
	for !post(fmt.Sprintf("/session?name=Speaker%d", who), "", "", &session) {
		<-time.After(retry)
	}
	for n := range counted {
		text := "/count"
		if n%4 == 3 {
			text = "quietly"
		}
		body := fmt.Sprintf(`{"text":%q,"ref":"s%d-%d"}`, text, who, n)
		var said struct{ ID string }
		for !post("/rooms/"+[]string{"lobby", "den"}[n/2%2]+"/messages", session.Guest, body, &said) {
			<-time.After(retry)
		}
		acked.Add(1)
	}
}

// allAnswered reports whether both bots have answered every question, and fails where
// one did so twice.
func allAnswered(t *testing.T, log []hub.Event) bool {
	t.Helper()
	answers := make(map[string]int)
	questions := 0
	for i := range log {
		switch e := &log[i]; {
		case e.From.Kind == hub.Bot:
			if answers[e.From.ID+e.Ref]++; answers[e.From.ID+e.Ref] > 1 {
				t.Errorf("%s answers twice: %s", e.From.Name, e.Ref)
			}
		case e.Text == "/count":
			questions++
		}
	}
	return len(answers) == 2*questions
}

// answerOf returns what the bot said to e.
func answerOf(log []hub.Event, e *hub.Event, bot string) string {
	for i := range log {
		if log[i].From.ID == bot && log[i].Ref == "re:"+e.ID {
			return log[i].Text
		}
	}
	return "nothing"
}
