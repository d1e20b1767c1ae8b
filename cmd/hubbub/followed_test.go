package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hubbub/hub"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// entries returns events of a log: one a minute, from noon on.
func entries(first, last int64) []*hub.Entry {
	var all []*hub.Entry
	for seq := first; seq <= last; seq++ {
		all = append(all, hub.NewEntry(hub.Event{
			Type: hub.TypeReceivedMessage, Room: "lobby", ID: fmt.Sprint("m", seq), Seq: seq, At: noon.Add(time.Duration(seq) * time.Minute), Text: "x",
		}))
	}
	return all
}

// log is a hub's log of a room, for a followed room that asks it.
type log struct{ first, head int64 }

func (l log) history(q *hub.HistoryRequest, most int) *hub.History {
	from := max(*q.After+1, l.first)
	last := min(l.head, from+int64(min(q.Limit, most))-1)
	return &hub.History{Events: entries(from, last), More: last < l.head}
}

// recorder remembers what was printed.
type recorder struct {
	seqs  []int64
	gaps  []hub.Gap
	notes []string
}

func (p *recorder) event(_ string, e *hub.Entry) error {
	p.seqs = append(p.seqs, e.Event.Seq)
	return nil
}
func (p *recorder) gap(_ string, g hub.Gap) error { p.gaps = append(p.gaps, g); return nil }
func (p *recorder) note(text string)              { p.notes = append(p.notes, text) }

// connect has r join the log, and answers what it asks for; meanwhile happens
// before the first page.
func (l *log) connect(t *testing.T, r *followed, epoch string, recovered bool, meanwhile func()) {
	t.Helper()
	d := &hub.Joined{Head: l.head, First: l.first, Epoch: epoch, Recovered: recovered}
	q := r.join()
	if recovered {
		d.Events = entries(*q.Since+1, l.head)
	} else if q.Limit > 0 {
		d.Events = entries(max(l.first, l.head-int64(q.Limit)+1), l.head)
	}
	ask, err := r.joined(d)
	for asked := 0; ask != nil && err == nil; asked++ {
		if asked == 100 {
			t.Fatal("it does not stop asking")
		}
		page := l.history(ask, 7)
		if asked == 0 && meanwhile != nil {
			meanwhile()
		}
		ask, err = r.history(page)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestATailBegins(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, test := range []struct {
		name        string
		log         log
		from        *since
		first, last int64 // printed; 0, 0 is nothing
		notes       int
	}{
		{"with the newest", log{1, 50}, nil, 48, 50, 0},
		{"of an empty log", log{1, 0}, nil, 0, 0, 0},
		{"with all", log{1, 50}, &since{}, 1, 50, 0},
		{"with all that is kept", log{30, 50}, &since{}, 30, 50, 0},
		{"after a seq", log{1, 50}, &since{seq: 41}, 42, 50, 0},
		{"after one that is not kept", log{30, 50}, &since{seq: 7}, 30, 50, 1},
		{"after the last", log{1, 50}, &since{seq: 50}, 0, 0, 0},
		{"after one to come", log{1, 50}, &since{seq: 70}, 0, 0, 1},
		{"with a time", log{1, 50}, &since{at: at(33)}, 33, 50, 0},
		{"between two", log{1, 50}, &since{at: at(33).Add(-time.Second)}, 33, 50, 0},
		{"before the log", log{5, 50}, &since{at: at(-9)}, 5, 50, 0},
		{"after the log", log{1, 50}, &since{at: at(99)}, 0, 0, 0},
		{"of an ephemeral room", log{51, 50}, &since{at: at(2)}, 0, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &recorder{}
			r := &followed{name: "lobby", lines: 3, from: test.from, print: p}
			test.log.connect(t, r, "e", false, nil)
			var want []int64
			for seq := test.first; seq <= test.last && seq > 0; seq++ {
				want = append(want, seq)
			}
			if !slices.Equal(p.seqs, want) || len(p.notes) != test.notes || len(p.gaps) > 0 {
				t.Errorf("printed %v %v %v", p.seqs, p.gaps, p.notes)
			}
			next := entries(test.log.head+1, test.log.head+1)[0]
			if err := r.event(next); err != nil || p.seqs[len(p.seqs)-1] != next.Event.Seq {
				t.Errorf("what came next was not printed: %v, %v", p.seqs, err)
			}
		})
	}
}

// What comes while the log is read is printed once, in its place.
func TestATailReadsOnWhileEventsCome(t *testing.T) {
	p := &recorder{}
	r := &followed{name: "lobby", from: &since{}, print: p}
	l := &log{1, 20}
	l.connect(t, r, "e", false, func() {
		for _, e := range entries(21, 23) {
			if err := r.event(e); err != nil {
				t.Error(err)
			}
		}
		l.head = 23
	})
	for i, seq := range p.seqs {
		if seq != int64(i+1) {
			t.Fatalf("printed %v", p.seqs)
		}
	}
	if len(p.seqs) != 23 {
		t.Errorf("printed %v", p.seqs)
	}
}

func TestATailComesBack(t *testing.T) {
	for _, test := range []struct {
		name      string
		log       log
		epoch     string
		recovered bool
		want      string
	}{
		{"to all it missed", log{1, 30}, "e", true, "11-30"},
		{"to more than a join brings", log{1, 40}, "e", false, "11-40"},
		{"to a log that was trimmed", log{21, 40}, "e", false, "gap 10-21 21-40"},
		{"to an ephemeral room", log{41, 40}, "e", false, "gap 10-41"},
		{"to another log", log{1, 5}, "f", false, "note 3-5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &recorder{}
			r := &followed{name: "lobby", lines: 3, print: p}
			(&log{1, 10}).connect(t, r, "e", false, nil)
			*p = recorder{}
			test.log.connect(t, r, test.epoch, test.recovered, nil)
			var got []string
			for range p.notes {
				got = append(got, "note")
			}
			for _, g := range p.gaps {
				got = append(got, fmt.Sprintf("gap %d-%d", g.After, g.Next))
			}
			if n := len(p.seqs); n > 0 && p.seqs[n-1]-p.seqs[0] == int64(n-1) {
				got = append(got, fmt.Sprintf("%d-%d", p.seqs[0], p.seqs[n-1]))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("printed %v %v %v", p.notes, p.gaps, p.seqs)
			}
		})
	}
}

func TestSince(t *testing.T) {
	for _, test := range []struct {
		word string
		want since
	}{
		{"all", since{}},
		{"41", since{seq: 41}},
		{"90m", since{at: noon.Add(-90 * time.Minute)}},
		{"7d", since{at: noon.AddDate(0, 0, -7)}},
		{"11:30", since{at: noon.Add(-30 * time.Minute)}},
		{"12:30", since{at: noon.Add(-23*time.Hour - 30*time.Minute)}},
		{"2026-11-01", since{at: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}},
		{"2026-11-01T08:15", since{at: time.Date(2026, 11, 1, 8, 15, 0, 0, time.UTC)}},
		{"2026-11-01T08:15:00+01:00", since{at: time.Date(2026, 11, 1, 7, 15, 0, 0, time.UTC)}},
	} {
		got, err := parseSince(test.word, noon)
		if err != nil || got.seq != test.want.seq || !got.at.Equal(test.want.at) {
			t.Errorf("%s is %+v, %v", test.word, got, err)
		}
	}
	for _, word := range []string{"", "-1", "-3h", "soon", "25:00", "d"} {
		if got, err := parseSince(word, noon); err == nil {
			t.Errorf("%q is %+v", word, got)
		}
	}
}
