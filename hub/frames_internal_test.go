package hub

import (
	"strings"
	"testing"
)

// skips is a format that is not for some events.
type skips struct{}

func (skips) Append(dst []byte, e *Entry) []byte {
	if e.Event.Text == "" {
		return dst
	}
	return append(dst, e.Event.Text...)
}

func TestFramesStayInTheirBudget(t *testing.T) {
	b := &budget{limit: 256 << 10}
	l := &frameLog{format: skips{}, budget: b}
	held := func() (bytes int) {
		for _, c := range l.chunks {
			bytes += cap(c.span.buf) + 4*cap(c.span.ends)
		}
		return bytes
	}
	for seq := int64(1); seq <= 200_000; seq++ {
		e := Event{Seq: seq}
		if seq%3 == 0 {
			e.Text = strings.Repeat("x", int(seq%200))
		}
		l.append(&Entry{Event: e})
	}
	if got := held(); got > b.limit+2*maxChunk || b.used > b.limit || len(b.chunks) > 300 {
		t.Errorf("%d bytes are held, %d charged, in %d chunks", got, b.used, len(b.chunks))
	}
	next := int64(0)
	for _, s := range l.snapshot(nil, 0) {
		if next != 0 && s.first != next {
			t.Fatalf("a span begins at %d after one that ended before %d", s.first, next)
		}
		next = s.next()
	}
	if next != 200_001 {
		t.Errorf("the frames end before %d", next)
	}
	l.append(&Entry{Event: Event{Seq: 200_010, Text: "after a hole"}})
	spans := l.snapshot(nil, 200_010)
	if len(spans) != 1 || spans[0].first != 200_010 || string(spans[0].buf) != "after a hole" {
		t.Errorf("after a hole the newest span begins at %d", spans[0].first)
	}
	l.release()
	if b.used != 0 || b.logs != 0 {
		t.Errorf("%d bytes of %d logs are charged for nothing", b.used, b.logs)
	}
}

// A quiet room's old chunk must not keep what others gave back in the list.
func TestTheBudgetForgetsWhatWasGivenBack(t *testing.T) {
	b := &budget{limit: 64 << 20}
	old := &frameLog{format: skips{}, budget: b}
	old.append(&Entry{Event: Event{Seq: 1, Text: "quiet"}})
	for range 10_000 {
		l := &frameLog{format: skips{}, budget: b}
		l.append(&Entry{Event: Event{Seq: 1, Text: "come and gone"}})
		l.release()
	}
	if len(b.chunks) > 100 {
		t.Errorf("%d chunks are listed, one is there", len(b.chunks))
	}
}

// Chunks are as large as what a few flushes take, so that many rooms with little to
// say each keep more than their newest frames in the memory of all.
func TestChunksGrowWithWhatFlushesTake(t *testing.T) {
	for _, test := range []struct{ events, most int }{{1, 2 << 10}, {4, 8 << 10}, {100, 64 << 10}} {
		l := &frameLog{format: skips{}, budget: &budget{limit: 64 << 20}}
		for seq := int64(1); seq <= 2000; seq++ {
			l.append(&Entry{Event: Event{Seq: seq, Text: strings.Repeat("x", 400)}})
			if seq%int64(test.events) == 0 {
				l.look()
			}
		}
		newest := l.chunks[len(l.chunks)-1]
		if size := cap(newest.span.buf); size > test.most || size < test.most/2 {
			t.Errorf("with %d events at once chunks have %d bytes, want %d", test.events, size, test.most)
		}
	}
}

// However many rooms are busy at once, each keeps what it has said since its last
// flush, as long as that fits into the memory of all with its half to spare.
func TestManyBusyRoomsKeepWhatIsNotDelivered(t *testing.T) {
	const rooms, underWay, size = 2000, 8, 400
	b := &budget{limit: 2 * rooms * underWay * size}
	logs := make([]*frameLog, rooms)
	for i := range logs {
		logs[i] = &frameLog{format: skips{}, budget: b}
	}
	for seq := int64(1); seq <= 20*underWay; seq++ {
		for _, l := range logs {
			l.append(&Entry{Event: Event{Seq: seq, Text: strings.Repeat("x", size)}})
		}
		if seq%underWay != 0 {
			continue
		}
		for i, l := range logs {
			l.look()
			if spans := l.snapshot(nil, seq-underWay+1); len(spans) == 0 || spans[0].first > seq-underWay+1 {
				t.Fatalf("at %d, room %d has lost what it has not delivered: %d chunks are there of %d logs", seq, i, len(b.chunks), b.logs)
			}
		}
	}
	for _, l := range logs {
		l.release()
	}
	if b.used != 0 || b.logs != 0 {
		t.Errorf("%d bytes of %d logs are charged for nothing", b.used, b.logs)
	}
}
