package hub_test

import (
	"fmt"
	"testing"
	"time"

	"hubbub/hub"
)

// Promise 4: as long as the event is young enough or among the newest.
func TestRefsForgetWhatIsOldAndFarBack(t *testing.T) {
	start := time.Now()
	r := hub.NewRefs()
	r.Add("ada", "old", 1, start)
	r.Add("bob", "old", 2, start)
	if r.Find("ada", "old") != 1 || r.Find("bob", "old") != 2 || r.Find("ada", "") != 0 || r.Find("eve", "old") != 0 {
		t.Error("the same ref of two senders is mixed up")
	}
	r.Add("ada", "far ahead", hub.RefWindowCount+10, start.Add(hub.RefWindow))
	if r.Find("ada", "old") != 1 {
		t.Error("forgotten although it is ten minutes old and no more")
	}
	r.Add("ada", "later", hub.RefWindowCount+11, start.Add(hub.RefWindow+time.Millisecond))
	if r.Find("ada", "old") != 0 || r.Len() != 2 {
		t.Errorf("remembered for ever: %d refs", r.Len())
	}

	r = hub.NewRefs()
	r.Add("ada", "old", 1, start)
	r.Add("ada", "", hub.RefWindowCount, start.Add(24*time.Hour))
	if r.Find("ada", "old") != 1 {
		t.Error("forgotten although it is among the newest events")
	}
}

func TestRefsStaySmall(t *testing.T) {
	r, at := hub.NewRefs(), time.Now()
	for i := range int64(3 * hub.RefWindowCount) {
		at = at.Add(10 * time.Millisecond)
		r.Add("ada", fmt.Sprint(i), i+1, at)
	}
	if r.Len() > hub.RefWindowCount {
		t.Errorf("%d refs are remembered", r.Len())
	}
}
