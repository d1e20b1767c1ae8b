package bench

import "testing"

// What is said while its reader is away says nothing of how late a hub delivers: it is
// counted from when the reader is back.
func TestWhatWasSaidWhileOneWasAwayIsNotLate(t *testing.T) {
	tr := &traffic{load: Load{Rooms: 1}, rooms: make([]span, 1), measuring: true}
	p := &peer{seats: []seat{{sender: -1}}, awaits: 1}
	tr.joined(p, []byte(`{"type":"room.joined","room":"bench.kept.0","head":0}`), 2000)
	for seq, sent := range []int64{100, 3000} {
		body := []byte(`{"type":"chat.received_message","room":"bench.kept.0","seq":` + string(rune('1'+seq)) + `,"text":"`)
		body = append(appendText(body, 7, sent, minText), `"}`...)
		tr.delivered(p, body, 3500)
	}
	if tr.onceBack.n != 1 || tr.onceBack.max != 1500 {
		t.Errorf("%d were said while it was away, the last one there %d ns after it was back; want 1, 1500", tr.onceBack.n, tr.onceBack.max)
	}
	if tr.delivery.n != 1 || tr.delivery.max != 500 {
		t.Errorf("%d were delivered, the last one after %d ns; want 1, 500", tr.delivery.n, tr.delivery.max)
	}
	if tr.result.Deliveries != 2 {
		t.Errorf("%d deliveries, want 2", tr.result.Deliveries)
	}
}
