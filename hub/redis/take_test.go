package redis

import (
	"testing"

	"hubbub/hub"
)

// A question that got no answer, and comes to the server after it was asked again,
// takes nothing.
func TestLateQuestionsTakeNothing(t *testing.T) {
	l := openAt(t, shared.addr, fresh(hub.ChannelOptions{}))
	take := func(asking taking) string {
		t.Helper()
		m, _, _, err := l.take(&asking, 1, neverWait)
		ok(t, err)
		return string(m)
	}
	for _, m := range []string{"1", "2", "3"} {
		ok(t, l.Send(t.Context(), "inbox", []byte(m)))
	}
	asking := taking{channel: "inbox", receiver: "a"}
	again := asking
	again.asked = 1
	if m := take(again); m != "1" {
		t.Errorf("asked again, was given %q", m)
	}
	if m := take(asking); m != "" {
		t.Errorf("too late, was given %q", m)
	}
	// What was given back is taken by none of its questions.
	given := taking{channel: "inbox", receiver: "b"}
	if m := take(given); m != "2" {
		t.Errorf("was given %q", m)
	}
	eventually(t, "the receiver has it", func() bool {
		return !l.rdb.HExists(t.Context(), l.key("took", "inbox"), "b").Val()
	})
	if !l.giveBack(t.Context(), &given) {
		t.Error("the server cannot be reached")
	}
	if m := take(given); m != "" {
		t.Errorf("after it gave up, was given %q", m)
	}
	received(t, l, "inbox", "3")
}
