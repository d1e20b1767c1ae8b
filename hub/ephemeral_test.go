package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// ephemeral is the policy of rooms that keep nothing.
func ephemeral(string) hub.Policy { return hub.Policy{Ephemeral: true} }

// lossyLayer loses, repeats, crosses and delays what it carries to each of its
// listeners.
type lossyLayer struct {
	hub.Layer
	late time.Duration // some come so late; 0: none

	mu   sync.Mutex
	rand *rand.Rand
	lost []map[int64]bool // of each listener
}

func (l *lossyLayer) Listen(ctx context.Context, room string, receive func(*hub.Entry)) (func(), error) {
	if room != "lobby" {
		return l.Layer.Listen(ctx, room, receive)
	}
	l.mu.Lock()
	lost := make(map[int64]bool)
	l.lost = append(l.lost, lost)
	l.mu.Unlock()
	var mu sync.Mutex
	var held *hub.Entry
	return l.Layer.Listen(ctx, room, func(e *hub.Entry) {
		if e.Event.Seq == 0 {
			receive(e)
			return
		}
		l.mu.Lock()
		mood := l.rand.IntN(8)
		l.mu.Unlock()
		mu.Lock()
		before := held
		held = nil
		switch {
		case e.Event.Text == "the end":
			mood = 3
		case mood == 0:
			l.mu.Lock()
			lost[e.Event.Seq] = true
			l.mu.Unlock()
		case mood == 1:
			held = e
		case mood == 2 && l.late > 0:
			time.AfterFunc(l.late, func() { receive(e) })
		}
		mu.Unlock()
		if mood > 2 || mood == 2 && l.late == 0 {
			receive(e)
		}
		if before != nil {
			receive(before)
			receive(before)
		}
	})
}

// follower follows an ephemeral room, in order.
type follower struct {
	t       *testing.T
	name    string
	mu      sync.Mutex
	last    int64
	missed  []int64
	gaps    int
	ended   bool
	stopped bool
	cursor  *hub.Cursor
	moody   bool
	wakes   sync.WaitGroup
}

func (f *follower) Send(hub.Event) error                           { return nil }
func (f *follower) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, f }

func (f *follower) Take(c *hub.Cursor, frames []byte) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor = c
	took := 0
	for line := range bytes.Lines(frames) {
		if f.stopped {
			break
		}
		if f.moody && rand.IntN(4) == 0 {
			f.wakes.Go(c.Wake)
			break
		}
		took += len(line)
		e, err := hub.ParseEvent(line)
		if err != nil {
			f.t.Error(err)
		}
		f.hear(&e)
	}
	return took
}

func (f *follower) hear(e *hub.Event) {
	gap, ok := e.Detail.(*hub.Gap)
	switch {
	case ok:
		if gap.After != f.last || gap.Next <= f.last+1 {
			f.t.Errorf("%s: is told of a hole from %d to %d after seq %d", f.name, gap.After, gap.Next, f.last)
		}
		for f.last++; f.last < gap.Next; f.last++ {
			f.missed = append(f.missed, f.last)
		}
		f.last--
		f.gaps++
	case e.Seq == 0:
	case e.Seq != f.last+1:
		f.t.Errorf("%s: seq %d follows %d", f.name, e.Seq, f.last)
	default:
		f.last = e.Seq
		f.ended = f.ended || e.Text == "the end"
	}
}

func (f *follower) stop(stopped bool) {
	f.mu.Lock()
	f.stopped = stopped
	c := f.cursor
	f.mu.Unlock()
	if !stopped && c != nil {
		c.Wake()
	}
}

// Promise 9: whatever the layer does, readers are given events in order, and are
// told of each hole once. What came too early waits only for what is on its way.
func TestAnEphemeralRoomOnABadLayer(t *testing.T) {
	for _, late := range []time.Duration{0, 30 * time.Millisecond} {
		t.Run(fmt.Sprint("late=", late), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const events = 600
				layer := &lossyLayer{Layer: hub.NewMemoryLayer(), late: late, rand: rand.New(rand.NewPCG(3, 4))}
				store := newStore(t)
				opts := hub.Options{Policy: ephemeral, Frames: 256 << 10}
				hubs := []*hub.Hub{newHub(t, store, layer, opts), newHub(t, store, layer, opts)}
				var all, prompt []*follower
				for i := range 8 {
					f := &follower{t: t, name: fmt.Sprint("follower", i), moody: i >= 4 && i%2 == 0}
					sub, joined := join(t, hubs[i%2], scope(f.name), "lobby", nil, f)
					f.last = joined.Head
					sub.Start()
					if all = append(all, f); i < 2 {
						prompt = append(prompt, f)
					}
				}
				var seqs []int64
				for n := range events {
					text := strings.Repeat("a text that fills the frames in memory soon enough. ", 40)
					if n == events-1 {
						text = "the end"
					}
					seqs = append(seqs, mustPublish(t, hubs[n%2], scope("ada"), "lobby", "", text).Event.Seq)
					for _, f := range all[4:] {
						f.stop(n/200%3 == 1)
					}
					if n%3 == 0 {
						time.Sleep(time.Millisecond) //nolint:forbidigo // synctest
					}
				}
				time.Sleep(time.Second) //nolint:forbidigo // synctest
				synctest.Wait()
				if seqs[0] != 1 || seqs[events-1] != events {
					t.Errorf("the layer numbered them %v", seqs)
				}
				for _, f := range all {
					f.wakes.Wait()
					if !f.ended || f.last != events {
						t.Errorf("%s: is at seq %d", f.name, f.last)
					}
				}
				for i, f := range prompt {
					lost := layer.lost[i]
					for _, seq := range f.missed {
						if !lost[seq] && late == 0 {
							t.Errorf("%s: missed seq %d, which the layer carried", f.name, seq)
						}
						delete(lost, seq)
					}
					if len(lost) > 0 {
						t.Errorf("%s: was not told of %v, which the layer lost", f.name, lost)
					}
				}
				t.Logf("missed %d in %d holes; a laggard %d in %d", len(prompt[0].missed), prompt[0].gaps, len(all[5].missed), all[5].gaps)
			})
		})
	}
}

// Holes that follow one another are passed together: what is behind them waits
// no longer for there being many.
func TestManyHolesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		layer := hub.NewMemoryLayer()
		h := newHub(t, newStore(t), layer, hub.Options{Policy: ephemeral})
		f := &follower{t: t, name: "follower"}
		sub, _ := join(t, h, scope("ada"), "lobby", nil, f)
		sub.Start()
		for i := range 100 {
			e := hub.NewEntry(hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Seq: int64(10*i + 10), Text: "hi"})
			if err := layer.Publish(t.Context(), "lobby", e); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(25 * time.Millisecond) //nolint:forbidigo // synctest
		synctest.Wait()
		if f.last != 1000 || f.gaps != 100 || len(f.missed) != 900 {
			t.Errorf("at seq %d after %d holes of %d events", f.last, f.gaps, len(f.missed))
		}
	})
}

// Who asks for what an ephemeral room has not is told so, and joins are answered
// with the place where the layer counts.
func TestWhatAnEphemeralRoomRefuses(t *testing.T) {
	store := newStore(t)
	h := newHub(t, store, hub.NewMemoryLayer(), hub.Options{Policy: ephemeral})
	ada := scope("ada")
	_, first := join(t, h, ada, "lobby", &hub.Join{Limit: 10, Refs: []string{"r1"}}, newReader(false))
	if first.Head != 0 || first.First != 1 || first.Epoch == "" || first.Recovered || first.Present.Count != 1 {
		t.Errorf("joined %+v", first)
	}
	sent := mustPublish(t, h, ada, "lobby", "r1", "hi")
	if again := mustPublish(t, h, ada, "lobby", "r1", "hi"); again.Event.Seq != 2 || again.Event.ID == sent.Event.ID {
		t.Errorf("a ref of an ephemeral room was remembered: %+v", again.Event)
	}
	for _, test := range []struct {
		since     int64
		epoch     string
		recovered bool
	}{{2, first.Epoch, true}, {2, "", true}, {2, "another", false}, {1, first.Epoch, false}, {3, first.Epoch, false}} {
		_, joined := join(t, h, ada, "lobby", &hub.Join{Since: &test.since, Epoch: test.epoch, Limit: 10, Refs: []string{"r1"}}, newReader(false))
		if joined.Recovered != test.recovered || joined.Head != 2 || joined.First != 3 || len(joined.Events)+len(joined.Kept) > 0 {
			t.Errorf("since %d of %q: %+v", test.since, test.epoch, joined)
		}
	}
	for _, e := range []hub.Event{
		{Type: hub.TypeEditMessage, Text: "x"},
		{Type: hub.TypeDeleteMessage},
		{Type: hub.TypeReact, Detail: &hub.Reaction{Emoji: "👍"}},
		{Type: hub.TypePressButton, Detail: &hub.Press{Action: "go"}},
	} {
		e.Room, e.Target = "lobby", sent.Event.ID
		done := make(chan error, 2)
		h.Publish(t.Context(), ada, &e, func(_ *hub.Entry, err error) { done <- err })
		if err := <-done; hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%s: %v", e.Type, err)
		}
	}
	if _, err := h.History(t.Context(), ada, "lobby", &hub.HistoryRequest{}); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("history: %v", err)
	}
	if err := h.MarkRead(t.Context(), ada, "lobby", 1); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("a mark: %v", err)
	}
	rows := []hub.State{{Key: "k", Value: []byte("v")}}
	done := make(chan error, 2)
	h.Publish(t.Context(), ada, &hub.Event{Type: hub.TypeSendMessage, Room: "lobby", Text: "x"}, func(_ *hub.Entry, err error) { done <- err }, rows...)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if v, err := store.State(t.Context(), "k"); string(v) != "v" || err != nil {
		t.Errorf("what belongs to an event is %q, %v", v, err)
	}
	if page, _, err := store.ReadAfter(t.Context(), "lobby", 0, 10); len(page) > 0 || err != nil {
		t.Errorf("the store keeps %d events, %v", len(page), err)
	}
}
