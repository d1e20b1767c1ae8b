package hubtest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hubbub/hub"
)

func testLive(t *testing.T, open OpenLayer) {
	runLayer(t, open, []layerTest{
		{"what one hub publishes arrives in that order, at each who listens", hub.ChannelOptions{}, liveOrder},
		{"rooms are apart", hub.ChannelOptions{}, liveApart},
		{"who stopped hears nothing more", hub.ChannelOptions{}, liveStop},
	})
}

func testPresence(t *testing.T, open OpenLayer) {
	runLayer(t, open, []layerTest{
		{"the first scope and the last one of a user are told", hub.ChannelOptions{}, presenceCounts},
		{"users are listed as they entered, under their newest names", hub.ChannelOptions{}, presenceOrder},
		{"and still so when many have left", hub.ChannelOptions{}, presenceGaps},
		{"more than the limit are a number alone", hub.ChannelOptions{}, presenceLimit},
		{"one of many that enter at once is the first", hub.ChannelOptions{}, presenceTogether},
	})
}

// listen returns what the room is told.
func (l *layer) listen(t *testing.T, room string) (heard <-chan *hub.Entry, stop func()) {
	t.Helper()
	entries := make(chan *hub.Entry, 1000)
	stop, err := l.Listen(t.Context(), room, func(e *hub.Entry) { entries <- e })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sync.OnceFunc(stop))
	return entries, stop
}

func (l *layer) publish(t *testing.T, room, user, text string) *hub.Entry {
	t.Helper()
	e := hub.NewEntry(said(room, user, "", text))
	ok(t, l.Publish(t.Context(), room, e))
	return e
}

func hears(t *testing.T, heard <-chan *hub.Entry) *hub.Entry {
	t.Helper()
	select {
	case e := <-heard:
		return e
	case <-time.After(patience):
		t.Fatal("what was published was not heard")
		return nil
	}
}

func liveOrder(t *testing.T, l *layer) {
	const publishers, each = 4, 50
	var listeners []<-chan *hub.Entry
	for range 3 {
		heard, _ := l.listen(t, "lobby")
		listeners = append(listeners, heard)
	}
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for i := range each {
				l.publish(t, "lobby", fmt.Sprint("u", p), fmt.Sprint(i))
			}
		})
	}
	all.Wait()
	for _, heard := range listeners {
		next := map[string]int{}
		for range publishers * each {
			e := hears(t, heard)
			if from := e.Event.From.ID; e.Event.Text != fmt.Sprint(next[from]) {
				t.Fatalf("heard %s of %s, want %d", e.Event.Text, from, next[from])
			}
			next[e.Event.From.ID]++
		}
	}
}

func liveApart(t *testing.T, l *layer) {
	lobby, _ := l.listen(t, "lobby")
	attic, _ := l.listen(t, "attic")
	l.publish(t, "nowhere", "ada", "does anyone listen?") // no error
	first := l.publish(t, "lobby", "ada", "hi")
	second := l.publish(t, "attic", "ada", "ho")
	for heard, want := range map[<-chan *hub.Entry]*hub.Entry{lobby: first, attic: second} {
		got := hears(t, heard)
		if string(got.JSON) != string(want.JSON) || got.Event.Text != want.Event.Text || got.Event.From != want.Event.From {
			t.Errorf("heard %s, want %s", got.JSON, want.JSON)
		}
	}
}

func liveStop(t *testing.T, l *layer) {
	stopped, stop := l.listen(t, "lobby")
	stays, _ := l.listen(t, "lobby")
	l.publish(t, "lobby", "ada", "before")
	hears(t, stopped)
	stop()
	l.publish(t, "lobby", "ada", "after")
	hears(t, stays)
	hears(t, stays)
	select {
	case e := <-stopped:
		t.Errorf("heard %s after it stopped", e.JSON)
	default:
	}
}

func user(id, name string) hub.Participant {
	return hub.Participant{ID: id, Name: name, Kind: hub.Guest, Via: "websocket"}
}

func (l *layer) enters(t *testing.T, p hub.Participant, wantFirst bool) {
	t.Helper()
	if first, err := l.Enter(t.Context(), "lobby", p); first != wantFirst || err != nil {
		t.Errorf("%s entered: first %v, %v", p.ID, first, err)
	}
}

func (l *layer) adaExits(t *testing.T, wantLast bool) {
	t.Helper()
	if last, err := l.Exit(t.Context(), "lobby", "ada"); last != wantLast || err != nil {
		t.Errorf("ada left: last %v, %v", last, err)
	}
}

func (l *layer) present(t *testing.T, room string, want ...hub.Participant) {
	t.Helper()
	users, count, err := l.Present(t.Context(), room, 10)
	if !slices.Equal(users, want) || count != len(want) || err != nil {
		t.Errorf("present are %v, %d, %v; want %v", users, count, err, want)
	}
}

func presenceCounts(t *testing.T, l *layer) {
	ada := user("ada", "Ada")
	l.present(t, "lobby")
	l.adaExits(t, false) // who is not present is no error
	l.enters(t, ada, true)
	l.enters(t, ada, false)
	l.adaExits(t, false)
	l.present(t, "lobby", ada)
	l.present(t, "attic")
	l.adaExits(t, true)
	l.adaExits(t, false)
	l.present(t, "lobby")
	l.enters(t, ada, true)
}

func presenceOrder(t *testing.T, l *layer) {
	l.enters(t, user("bob", "Bob"), true)
	l.enters(t, user("ada", "Ada"), true)
	l.enters(t, user("bob", "Robert"), false)
	l.present(t, "lobby", user("bob", "Robert"), user("ada", "Ada"))
}

func presenceGaps(t *testing.T, l *layer) {
	const users = 150
	var stay []hub.Participant
	for i := range users {
		u := user(fmt.Sprint("u", i), "U")
		l.enters(t, u, true)
		if i%5 == 0 {
			stay = append(stay, u)
		}
	}
	for i := range users {
		if i%5 != 0 {
			if last, err := l.Exit(t.Context(), "lobby", fmt.Sprint("u", i)); !last || err != nil {
				t.Errorf("u%d left: last %v, %v", i, last, err)
			}
		}
	}
	again := user("u1", "U")
	l.enters(t, again, true)
	listed, count, err := l.Present(t.Context(), "lobby", users)
	if stay = append(stay, again); !slices.Equal(listed, stay) || count != len(stay) || err != nil {
		t.Errorf("present are %v, %d, %v; want %v", listed, count, err, stay)
	}
}

func presenceLimit(t *testing.T, l *layer) {
	for i := range 3 {
		l.enters(t, user(fmt.Sprint("u", i), "U"), true)
	}
	for limit, named := range map[int]int{0: 0, 2: 0, 3: 3} {
		if users, count, err := l.Present(t.Context(), "lobby", limit); len(users) != named || count != 3 || err != nil {
			t.Errorf("at most %d: %v, %d, %v", limit, users, count, err)
		}
	}
}

func presenceTogether(t *testing.T, l *layer) {
	const scopes = 20
	count := func(do func() (bool, error)) (n int) {
		told := make(chan bool, scopes)
		for range scopes {
			go func() {
				was, err := do()
				ok(t, err)
				told <- was
			}()
		}
		for range scopes {
			if <-told {
				n++
			}
		}
		return n
	}
	firsts := count(func() (bool, error) { return l.Enter(t.Context(), "lobby", user("ada", "Ada")) })
	lasts := count(func() (bool, error) { return l.Exit(t.Context(), "lobby", "ada") })
	if firsts != 1 || lasts != 1 {
		t.Errorf("%d were first and %d last", firsts, lasts)
	}
}
