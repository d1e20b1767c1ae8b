package hub_test

import (
	"bytes"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// ending is a reader that can be ended.
type ending struct {
	*reader
	ended chan struct{}
}

func newEnding() *ending { return &ending{newReader(false), make(chan struct{}, 1)} }

func (e *ending) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, e }
func (e *ending) EndSlow()                                       { e.ended <- struct{}{} }

// frugal takes one frame and is woken for the next by the test alone.
type frugal struct {
	*ending
	gave chan *hub.Cursor
}

func (f *frugal) OpenReader(*hub.Event) (hub.Format, hub.Reader) { return lines{}, f }

func (f *frugal) Take(c *hub.Cursor, frames []byte) int {
	one := bytes.IndexByte(frames, '\n') + 1
	f.reader.Take(c, frames[:one])
	if one < len(frames) {
		f.gave <- c
	}
	return one
}

// Promise 6: who lags beyond the limit is ended, once, and nobody else.
func TestAReaderThatLagsTooFar(t *testing.T) {
	const limit, size = 100 << 10, 1 << 10
	h := newHub(t, &hubtest.Endless{}, hub.NewMemoryLayer(), hub.Options{Lag: limit, Frames: 16 << 10})
	text := strings.Repeat("x", size)
	stopped, keepsUp, patient := newEnding(), newEnding(), newReader(false)
	for _, r := range []hub.Sender{stopped, keepsUp, patient} {
		sub, _ := join(t, h, scope("reader"), "lobby", nil, r)
		sub.Start()
	}
	resume, goOn := stopped.stop(), patient.stop()
	var seq int64
	for {
		seq = mustPublish(t, h, scope("ada"), "lobby", "", text).Event.Seq
		keepsUp.awaitSeq(t, 1, seq)
		if len(stopped.ended) > 0 {
			break
		}
		if seq > 2*limit/size {
			t.Fatalf("it lags %d kB and goes on", seq*size>>10)
		}
	}
	if behind := int(seq) * size; behind < limit-limit/4 {
		t.Errorf("it was ended %d bytes behind, of %d", behind, limit)
	}
	resume()
	for range 10 {
		seq = mustPublish(t, h, scope("ada"), "lobby", "", text).Event.Seq
	}
	keepsUp.awaitSeq(t, 1, seq)
	goOn() // it cannot be ended, so it goes on from the log
	patient.awaitSeq(t, 1, seq)
	if stopped.seqs != nil || len(stopped.ended) != 1 || len(keepsUp.ended) != 0 {
		t.Errorf("given %d events after the end; ended %d times, another one %d times",
			len(stopped.seqs), len(stopped.ended), len(keepsUp.ended))
	}
}

// Who joins far back reads on from there, as slowly as it likes, unless it loses
// ground; and is held to the limit again when it has arrived.
func TestWhoJoinsFarBackIsNotTooFarBehind(t *testing.T) {
	const limit, size, old = 50 << 10, 1 << 10, 200
	h := newHub(t, &hubtest.Endless{}, hub.NewMemoryLayer(), hub.Options{Lag: limit, Frames: 16 << 10})
	text := strings.Repeat("x", size)
	for range old {
		mustPublish(t, h, scope("ada"), "lobby", "", text)
	}
	since, r := int64(0), &frugal{newEnding(), make(chan *hub.Cursor, 1)}
	sub, _ := join(t, h, scope("reader"), "lobby", &hub.Join{Since: &since, Follow: true}, r)
	sub.Start()
	for n := int64(1); n <= 2*old-10; n++ { // reads two for each that is published
		r.awaitSeq(t, 1, n)
		if n%2 == 0 {
			mustPublish(t, h, scope("ada"), "lobby", "", text)
		}
		if n < 2*old-10 {
			(<-r.gave).Wake()
		}
	}
	if len(r.ended) > 0 {
		t.Fatal("it was ended although it came nearer all the time")
	}
	reads := newEnding()
	other, joined := join(t, h, scope("other"), "lobby", nil, reads)
	other.Start()
	for n := int64(1); n <= 2*limit/size; n++ {
		e := mustPublish(t, h, scope("ada"), "lobby", "", text)
		reads.awaitSeq(t, joined.Head+1, e.Event.Seq)
	}
	if len(r.ended) != 1 {
		t.Error("it stopped near the end of the log, and was not ended")
	}
}
