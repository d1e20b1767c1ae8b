package hub_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// named is a format with a name, which leaves the texts "-" out.
type named struct{}

func (named) Name() string { return "named" }

func (named) Append(dst []byte, e *hub.Entry) []byte {
	if e.Event.Text == "-" {
		return dst
	}
	return lines{}.Append(dst, e)
}

// asNamed reads events in the format named.
type asNamed struct{ *reader }

func (r asNamed) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return named{}, r.reader }

// Stats say what was published, what was delivered, and who is behind by how much.
func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, &hubtest.Endless{}, hub.NewMemoryLayer(), hub.Options{Frames: 64 << 10, Gap: -1})
		enter := func(out hub.Sender) *hub.Subscription {
			sub, _ := join(t, h, scope("reader"), "lobby", nil, out)
			sub.Start()
			return sub
		}
		say := func(times int, text string) {
			for range times {
				mustPublish(t, h, scope("ada"), "lobby", "", text)
			}
			synctest.Wait()
		}
		plain, other := newReader(false), newReader(false)
		enter(plain)
		sub := enter(asNamed{other})
		say(3, "hello")
		say(2, "-")
		if _, err := publish(t.Context(), h, scope("ada"), "Lobby", "", "hello"); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("a wrong room: %v", err)
		}
		if err := h.Typing(t.Context(), scope("ada"), "lobby"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		s := h.Stats()
		if s.Rooms != 1 || s.Frames == 0 || s.FramesLimit != 64<<10 || s.Waiting+s.Catching != 0 || s.Lag != 0 {
			t.Errorf("at rest: %+v", s)
		}
		if s.Events[hub.TypeReceivedMessage] != 5 || s.Events[hub.TypeTyping] != 1 || !maps.Equal(s.Refused, map[hub.Code]uint64{hub.Invalid: 1}) {
			t.Errorf("published %v, refused %v", s.Events, s.Refused)
		}
		told := uint64(len(plain.said))
		if told == 0 || s.Delivered["other"].Events != 5+told || s.Delivered["named"].Events != 3+told {
			t.Errorf("delivered %v beside %d that are not logged", s.Delivered, told)
		}

		resume := plain.stop()
		say(4, strings.Repeat("x", 1000))
		if s = h.Stats(); s.Waiting != 1 || s.Catching != 0 || s.Lag < 4000 || s.WorstLag != s.Lag || s.Lag > 8000 {
			t.Errorf("one waits: %+v", s)
		}
		say(200, strings.Repeat("x", 1000)) // out of memory, so that it goes on from the log
		resume()
		synctest.Wait()
		plain.awaitSeq(t, 1, 209)
		if s = h.Stats(); s.Waiting+s.Catching != 0 || s.Lag != 0 {
			t.Errorf("all have all: %+v", s)
		}

		other.stop()
		say(1, "hello")
		if s = h.Stats(); s.Waiting != 1 {
			t.Errorf("one waits: %+v", s)
		}
		if sub.End(); h.Stats().Waiting != 0 {
			t.Error("who left waits")
		}
	})
}
