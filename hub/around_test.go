package hub_test

import (
	"testing"

	"hubbub/hub"
)

// A page around a message holds it, wherever in the log it stands, and as many on
// both sides as there are and the limit allows.
func TestHistoryAround(t *testing.T) {
	h := newHub(t, newStore(t), hub.NewMemoryLayer(), hub.Options{})
	ids := []string{""}
	for range 37 {
		ids = append(ids, mustPublish(t, h, scope("ada"), "lobby", "", "hi").Event.ID)
	}
	around := func(id string, limit int) (*hub.History, error) {
		return h.History(t.Context(), scope("bob"), "lobby", &hub.HistoryRequest{Around: id, Limit: limit})
	}
	for seq := int64(1); seq <= 37; seq++ {
		for _, limit := range []int{1, 2, 7} {
			page, err := around(ids[seq], limit)
			if err != nil {
				t.Fatalf("around %d: %v", seq, err)
			}
			// What would stand above the log's end is before it instead.
			end := min(seq+int64(limit/2), 37)
			first := max(1, end-int64(limit)+1)
			if got := page.Events; got[0].Event.Seq != first || got[len(got)-1].Event.Seq != end || page.More != (first > 1) {
				t.Errorf("around %d, %d of them: from %d to %d, more %v; want from %d to %d", seq, limit, got[0].Event.Seq, got[len(got)-1].Event.Seq, page.More, first, end)
			}
		}
	}
	for _, id := range []string{"0", "zzzz", ids[20] + "0"} {
		if _, err := around(id, 5); hub.CodeOf(err) != hub.NotFound {
			t.Errorf("an id that is not there, %s: %v", id, err)
		}
	}
	before := int64(3)
	both := &hub.HistoryRequest{Around: ids[1], Before: &before}
	if _, err := h.History(t.Context(), scope("bob"), "lobby", both); hub.CodeOf(err) != hub.Invalid {
		t.Errorf("around and before: %v", err)
	}
}
