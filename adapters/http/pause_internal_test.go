//go:build unix

package http

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// After a pause those have been woken for whom something had come before, however many
// they are: the runtime hears of some at a time.
func TestAPauseEndsBehindWhatHasCome(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const all = 300
	var p networkPause
	defer p.close()
	for range 20 {
		var read atomic.Int64
		var reading sync.WaitGroup
		var to []*os.File
		for range all {
			from, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			to = append(to, w)
			reading.Go(func() {
				_, _ = from.Read(make([]byte, 1))
				read.Add(1)
				_ = from.Close()
			})
		}
		for range 2 * all { // until all wait for something to come
			runtime.Gosched()
		}
		for _, w := range to {
			_, _ = w.Write([]byte{0})
		}
		if !p.wait(time.Minute) {
			t.Fatal("it did not wait")
		}
		for range 100 { // those who are woken run meanwhile, and the network is not asked
			runtime.Gosched()
		}
		if n := read.Load(); n < all/2 { // on a busy machine one or the other is late
			t.Errorf("of %d for whom something had come %d were woken", all, n)
		}
		reading.Wait()
		for _, w := range to {
			_ = w.Close()
		}
	}
}

// What comes too late is not taken for the answer to the next pause, and one that is
// closed does not wait.
func TestAPauseHasAnEnd(t *testing.T) {
	var p networkPause
	for range 100 {
		if !p.wait(time.Nanosecond) {
			t.Fatal("it did not wait")
		}
	}
	if !p.wait(time.Minute) {
		t.Error("it does not wait any more")
	}
	p.close()
	if p.wait(time.Minute) {
		t.Error("one that is closed waits")
	}
	var never networkPause
	if never.close(); never.wait(time.Minute) {
		t.Error("one that was closed before it was used waits")
	}
}
