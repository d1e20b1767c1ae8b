package http_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

type pollAnswer struct {
	Since, First int64
	Epoch        string
	Recovered    bool
	Events       []json.RawMessage
}

func TestAPoll(t *testing.T) { eachVersion(t, aPoll) }

func aPoll(t *testing.T, newServer opens) {
	t.Helper()
	s := newServer(t)
	s.post(t, "lobby", "one")
	begin := call[pollAnswer](t, s, "bob", "GET", lobby+"/events?limit=1", "", 200)
	if begin.Recovered || begin.Since != 1 || begin.First != 1 || begin.Epoch == "" || len(begin.Events) != 1 {
		t.Errorf("without since: %+v", begin)
	}
	if none := call[pollAnswer](t, s, "bob", "GET", lobby+"/events?since=1&wait=0", "", 200); !none.Recovered || none.Since != 1 || none.Events == nil {
		t.Errorf("nothing new: %+v", none)
	}
	if none := call[pollAnswer](t, s, "bob", "GET", lobby+"/events?since=1&wait=10ms", "", 200); len(none.Events) != 0 {
		t.Errorf("nothing in time: %+v", none)
	}
	for _, lost := range []string{"since=1&epoch=another", "since=another:1", "since=9"} {
		if p := call[pollAnswer](t, s, "bob", "GET", lobby+"/events?"+lost, "", 200); p.Recovered || p.Since != 1 || p.Epoch != begin.Epoch {
			t.Errorf("%s: %+v", lost, p)
		}
	}
	s.post(t, "lobby", "two")
	missed := call[pollAnswer](t, s, "bob", "GET", fmt.Sprintf("%s/events?since=1&epoch=%s", lobby, begin.Epoch), "", 200)
	if !missed.Recovered || missed.Since != 2 || len(missed.Events) != 1 || !strings.Contains(string(missed.Events[0]), `"text":"two"`) {
		t.Errorf("what was missed: %+v", missed)
	}

	answered := make(chan pollAnswer)
	witness := newSource(t, s.URL, lobby+"/stream?name=cas")
	witness.open()
	go func() {
		answered <- call[pollAnswer](t, s, "dan", "GET", lobby+"/events?since=2&wait=60s", "", 200)
	}()
	for { // until dan waits, or is about to
		e, err := witness.next()
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := e.Detail.(*hub.MemberChanged); ok && came(d, "dan") {
			break
		}
	}
	s.post(t, "lobby", "three")
	if p := <-answered; !p.Recovered || p.Since != 3 || len(p.Events) != 1 || !strings.Contains(string(p.Events[0]), `"seq":3`) {
		t.Errorf("what came: %+v", p)
	}
}

// Promises 2 and 5 over polls, whose wire is cut again and again.
func TestPollsOverAWireThatIsCut(t *testing.T) { eachVersion(t, pollsOverAWireThatIsCut) }

func pollsOverAWireThatIsCut(t *testing.T, newServer opens) {
	t.Helper()
	s := newServer(t)
	scheme, addr, _ := strings.Cut(s.URL, "://")
	wire := hubtest.NewProxy(t, addr)
	client := &http.Client{Transport: transportOf(s.URL)}
	t.Cleanup(client.CloseIdleConnections)
	const total = 150
	posted := make(chan struct{})
	defer func() { <-posted }()
	go func() {
		defer close(posted)
		for n := range total {
			s.post(t, "lobby", fmt.Sprint(n))
			if n%20 == 10 {
				wire.Cut()
			}
		}
	}()
	at := pollAnswer{}
	for seen := int64(0); seen < total; {
		res, err := client.Get(fmt.Sprintf("%s://%s%s/events?name=bob&since=%d&epoch=%s", scheme, wire.Addr(), lobby, at.Since, at.Epoch))
		if err != nil {
			continue // it was cut
		}
		next := pollAnswer{}
		err = json.NewDecoder(res.Body).Decode(&next)
		res.Body.Close()
		if err != nil {
			continue
		}
		if !next.Recovered {
			t.Fatalf("after %d: %+v", seen, next)
		}
		for _, body := range next.Events {
			e, err := hub.ParseEvent(body)
			if seen++; err != nil || e.Seq != seen {
				t.Fatalf("%s follows %d, %v", body, seen-1, err)
			}
		}
		if at = next; at.Since != seen {
			t.Fatalf("since is %d after %d", at.Since, seen)
		}
	}
}

func TestAPollOfAnEphemeralRoom(t *testing.T) {
	s := newServer(t)
	s.post(t, "raw.wind", "12")
	const events = "/api/v1/rooms/raw.wind/events"
	begin := call[pollAnswer](t, s, "bob", "GET", events, "", 200)
	if begin.Recovered || begin.Since != 1 || begin.Epoch == "" {
		t.Errorf("begins with %+v", begin)
	}
	if p := call[pollAnswer](t, s, "bob", "GET", events+"?since=1&wait=1ms", "", 200); !p.Recovered || p.Since != 1 {
		t.Errorf("nothing missed: %+v", p)
	}
	s.post(t, "raw.wind", "13")
	if p := call[pollAnswer](t, s, "bob", "GET", events+"?since=1", "", 200); p.Recovered || p.Since != 2 || len(p.Events) != 0 {
		t.Errorf("something missed: %+v", p)
	}
}

// came reports whether the room is told that somebody of the name became a member.
func came(d *hub.MemberChanged, name string) bool {
	return slices.ContainsFunc(d.Added, func(p hub.Participant) bool { return p.Name == name })
}
