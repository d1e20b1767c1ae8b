package hub

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"
)

// shut is a connection that takes nothing until it is opened.
type shut struct {
	net.Conn // nil: what is not here is not called

	open chan struct{}

	mu  sync.Mutex
	got []byte
}

func (s *shut) tryWrite([]byte) (int, error) { return 0, nil }

func (s *shut) Write(b []byte) (int, error) {
	<-s.open
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, b...)
	return len(b), nil
}

func (s *shut) CloseWrite() error                { return nil }
func (s *shut) Close() error                     { return nil }
func (s *shut) SetReadDeadline(time.Time) error  { return nil }
func (s *shut) SetWriteDeadline(time.Time) error { return nil }

// The memory of copies is nobody else's before they are written.
func TestCopiesAreKeptUntilTheyAreWritten(t *testing.T) {
	slow := &shut{open: make(chan struct{})}
	c := &Courier{shard: newShard(nil, 0)} // its turn has not come
	waiting := NewOutbound(slow)
	c.Serve(waiting)
	want := bytes.Repeat([]byte("mine"), 100)
	for half := range 2 {
		if err := waiting.SendSoon(want[half*200:][:200]); err != nil {
			t.Fatal(err)
		}
	}
	waiting.flush(c.shard)
	for range 100 {
		here, there := net.Pipe()
		other := NewOutbound(here)
		other.try = new(writes)
		c.Serve(other)
		for range 3 {
			if err := other.SendSoon(bytes.Repeat([]byte("THEIRS"), 50)); err != nil {
				t.Fatal(err)
			}
			other.flush(c.shard)
		}
		other.Close(nil)
		_ = there.Close()
	}
	waiting.mu.Lock()
	close(slow.open)
	for len(waiting.queue) > 0 || waiting.writing {
		waiting.wait()
	}
	waiting.mu.Unlock()
	slow.mu.Lock()
	defer slow.mu.Unlock()
	if !bytes.Equal(slow.got, want) {
		t.Errorf("the peer got %.40q", slow.got)
	}
	c.running.Go(c.shard.run)
	c.Close()
}
