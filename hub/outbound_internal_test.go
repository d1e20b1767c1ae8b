package hub

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// fickle is a connection that takes as much of what it is given as it likes, at
// once or later.
type fickle struct {
	net.Conn // nil: what is not here is not called

	prompt bool // it is never late for a deadline: who is slow has one chance

	mu     sync.Mutex
	rand   *rand.Rand
	got    []byte
	half   bool // the writing side is closed
	closed bool
}

var _ tryWriter = (*fickle)(nil)

// take returns how much of n it takes.
func (f *fickle) take(b []byte) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(b)
	switch f.rand.IntN(4) {
	case 0:
		n = 0
	case 1:
		n = f.rand.IntN(len(b) + 1)
	}
	if f.half {
		panic("written to after the end")
	}
	f.got = append(f.got, b[:n]...)
	return n
}

func (f *fickle) tryWrite(b []byte) (int, error) { return f.take(b), nil }

func (f *fickle) Write(b []byte) (int, error) {
	for took := 0; ; {
		n := f.take(b[took:])
		took += n
		switch {
		case took == len(b):
			return took, nil
		case n > 0 && !f.prompt:
			return took, os.ErrDeadlineExceeded
		}
	}
}

func (f *fickle) CloseWrite() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.half = true
	return nil
}

func (f *fickle) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

func (f *fickle) SetReadDeadline(time.Time) error  { return nil }
func (f *fickle) SetWriteDeadline(time.Time) error { return nil }

// Kinds of pieces, each of which counts for itself.
const (
	fromRoom1 = iota
	fromRoom2
	answer
	soon
	now
	goodbye
	kinds
)

// piece returns one that says its size, kind and number.
func piece(kind, n, size int) []byte {
	b := make([]byte, 9+size)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	b[4] = byte(kind)
	binary.BigEndian.PutUint32(b[5:], uint32(n))
	return b
}

// Whatever a connection takes, and when: what it was given is whole, in order of
// each who gave it, and nothing follows the end.
func TestOutboundOwesTheRestFirst(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			conn := &fickle{prompt: seed%3 == 1, rand: rand.New(rand.NewPCG(seed, 2))}
			out := NewOutbound(conn)
			out.Slow = piece(goodbye, 0, 10)
			var running, work sync.WaitGroup
			t.Cleanup(running.Wait)
			var sources []func(n, size int) bool
			for kind := range 2 {
				s := newShard(nil, time.Duration(kind)*time.Millisecond)
				running.Go(s.run)
				t.Cleanup(s.close)
				c := &Cursor{room: &room{shard: s}, log: &frameLog{}, closed: true} // waking it does nothing
				sources = append(sources, func(n, size int) bool {
					run := append(piece(kind, 2*n, size), piece(kind, 2*n+1, size/2)...)
					for out.Take(c, run) == 0 {
						if out.Err() != nil {
							return false
						}
						runtime.Gosched()
					}
					return true
				})
			}
			sources = append(sources,
				func(n, size int) bool {
					if n%3 == 0 {
						return out.SendLater(piece(answer, n, size)) == nil
					}
					return out.Send(piece(answer, n, size)) == nil
				},
				func(n, size int) bool {
					b := piece(soon, n, size%200)
					err := out.SendSoon(b)
					clear(b) // it is not kept
					return err == nil
				},
				func(n, size int) bool {
					b := piece(now, n, size)
					err := out.SendNow(b)
					clear(b) // nor is this
					return err == nil
				})
			for _, send := range sources {
				r := rand.New(rand.NewPCG(random.Uint64(), 3))
				work.Go(func() {
					for n := 0; n < 300 && send(n, r.IntN(1+r.IntN(20_000))); n++ {
					}
				})
			}
			whole := seed%3 == 0
			if whole {
				work.Wait()
			}
			if seed%3 == 1 {
				out.EndSlow()
			} else {
				out.Finish(piece(goodbye, 0, 10))
			}
			work.Wait()
			out.mu.Lock()
			for !conn.half && !out.closed {
				out.wait()
			}
			out.mu.Unlock()
			conn.check(t, whole)
			if err := out.Err(); !errors.Is(err, ErrEnded) && !(seed%3 == 1 && errors.Is(err, ErrSlow)) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// check parses what arrived.
func (f *fickle) check(t *testing.T, whole bool) {
	t.Helper()
	var next [kinds]int
	for rest := f.got; len(rest) > 0; {
		if len(rest) < 9 || int(binary.BigEndian.Uint32(rest)) > len(rest) {
			t.Fatalf("the last piece is cut, with %d bytes", len(rest))
		}
		size, kind, n := binary.BigEndian.Uint32(rest), rest[4], int(binary.BigEndian.Uint32(rest[5:]))
		if kind >= kinds || n != next[kind] {
			t.Fatalf("piece %d of kind %d came, want %v", n, kind, next)
		}
		next[kind]++
		if rest = rest[size:]; kind == goodbye && len(rest) > 0 {
			t.Fatalf("%d bytes follow the end", len(rest))
		}
	}
	if next[goodbye] != 1 || whole && next != [kinds]int{600, 600, 300, 300, 300, 1} {
		t.Errorf("%v pieces came", next)
	}
}

// What was cut is not dropped with what waits behind it, however early that is.
func TestOutboundNeverDropsWhatWasCut(t *testing.T) {
	for seed := range uint64(20) {
		conn := &fickle{prompt: true, rand: rand.New(rand.NewPCG(seed, 5))}
		out := NewOutbound(conn)
		out.Slow = piece(goodbye, 0, 10)
		out.mu.Lock() // the goroutine has not begun
		for n := range 20 {
			out.push(piece(answer, n, 100))
			out.drain()
		}
		out.endSlow()
		for !conn.half {
			out.wait()
		}
		out.mu.Unlock()
		conn.check(t, false)
	}
}
