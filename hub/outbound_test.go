package hub_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// tcpPair returns the two ends of a connection.
func tcpPair(t *testing.T) (ours, peer *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialed, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = accepted.Close(), dialed.Close() })
	return accepted.(*net.TCPConn), dialed.(*net.TCPConn)
}

// What many write at once arrives whole, each sender's in order.
func TestOutboundNeverMixes(t *testing.T) {
	const senders, each = 16, 500
	ours, peer := tcpPair(t)
	out := hub.NewOutbound(ours)
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			conn := out.Conn()
			for n := range each {
				b := make([]byte, 12+n%300)
				binary.BigEndian.PutUint32(b, uint32(len(b)))
				binary.BigEndian.PutUint32(b[4:], uint32(sender))
				binary.BigEndian.PutUint32(b[8:], uint32(n))
				if n%2 == 0 {
					if err := out.Send(b); err != nil {
						t.Error(err)
					}
				} else if _, err := conn.Write(b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	next := make([]uint32, senders)
	for range senders * each {
		var head [12]byte
		if _, err := io.ReadFull(peer, head[:]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, peer, int64(binary.BigEndian.Uint32(head[:])-12)); err != nil {
			t.Fatal(err)
		}
		sender, n := binary.BigEndian.Uint32(head[4:]), binary.BigEndian.Uint32(head[8:])
		if next[sender] != n {
			t.Fatalf("sender %d: piece %d came, want %d", sender, n, next[sender])
		}
		next[sender]++
	}
	wg.Wait()
	out.Finish([]byte("end"))
	if rest, err := io.ReadAll(peer); err != nil || string(rest) != "end" {
		t.Errorf("the last bytes are %q, %v", rest, err)
	}
	if err := out.Send([]byte("late")); !errors.Is(err, hub.ErrEnded) {
		t.Errorf("sent after the end: %v", err)
	}
	out.Close(nil)
}

func TestOutboundEndsAPeerThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe() // nobody reads it
		defer peer.Close()
		out := hub.NewOutbound(ours)
		start := time.Now()
		if err := out.Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		_, _ = ours.Read(make([]byte, 1)) // until it is closed
		if err := out.Err(); !errors.Is(err, hub.ErrSlow) || time.Since(start) != 10*time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

func TestOutboundIsPatientWithAPeerThatTakesALittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe()
		out := hub.NewOutbound(ours)
		want := bytes.Repeat([]byte("x"), 20)
		if err := out.Send(want); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for one := make([]byte, 1); len(got) < len(want); got = append(got, one...) {
			time.Sleep(9 * time.Second) //nolint:forbidigo // synctest
			if _, err := peer.Read(one); err != nil {
				t.Fatalf("after %d bytes: %v", len(got), err)
			}
		}
		synctest.Wait()
		if out.Err() != nil || !bytes.Equal(got, want) {
			t.Errorf("got %q, %v", got, out.Err())
		}
		out.Close(nil)
		synctest.Wait()
	})
}

func TestOutboundIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe()
		defer peer.Close()
		out := hub.NewOutbound(ours)
		fill(t, out)
		began := time.Now()
		_, _ = ours.Read(make([]byte, 1)) // until it is closed
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("it was cut off after %v", d)
		}
	})
}

// fill sends until it is too much, and returns how much that is.
func fill(t *testing.T, out *hub.Outbound) (sent int) {
	t.Helper()
	for ; sent <= 64<<20; sent += 64 << 10 {
		if err := out.Send(make([]byte, 64<<10)); errors.Is(err, hub.ErrSlow) {
			return sent
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("it queues without end")
	return sent
}

// Who owes too much and reads on is told why it is ended, between two pieces.
func TestOutboundSaysThatAPeerIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe()
		out := hub.NewOutbound(ours)
		out.Slow = []byte("slow")
		if err := out.Send([]byte("first")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it is under way
		fill(t, out)
		if err := out.Send([]byte("late")); !errors.Is(err, hub.ErrSlow) {
			t.Errorf("sent after the end: %v", err)
		}
		if got, err := io.ReadAll(peer); string(got) != "firstslow" || err != nil {
			t.Errorf("the peer read %.40q, %v", got, err)
		}
		out.Close(nil)
	})
}

// A peer that asks for more than it takes is not read meanwhile.
func TestOutboundAwaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe()
		out := hub.NewOutbound(ours)
		out.Await() // nothing is on its way
		const owed = 512 << 10
		if err := out.Send(make([]byte, owed)); err != nil {
			t.Fatal(err)
		}
		free := false
		go func() {
			out.Await()
			free = true
		}()
		if synctest.Wait(); free {
			t.Error("it does not wait for a peer that takes nothing")
		}
		if _, err := io.CopyN(io.Discard, peer, owed); err != nil {
			t.Fatal(err)
		}
		if synctest.Wait(); !free {
			t.Error("it waits although all was taken")
		}
		if err := out.Send(make([]byte, owed)); err != nil {
			t.Fatal(err)
		}
		go out.Close(nil)
		out.Await() // an end is waited for no longer
		synctest.Wait()
	})
}

// Who keeps what it has while much is waiting is told, once, when little is.
func TestOutboundTellsOfSpareRoom(t *testing.T) {
	ours, peer := tcpPair(t)
	out := hub.NewOutbound(ours)
	woken := make(chan struct{}, 2)
	for sent := 0; out.Spare(func() { woken <- struct{}{} }); sent++ {
		if sent == 1<<12 {
			t.Fatal("it always has room")
		}
		if err := out.Send(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if len(woken) > 0 {
		t.Error("woken although nothing was read")
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, peer)
	}()
	<-woken
	if !out.Spare(nil) {
		t.Error("woken for nothing")
	}
	out.Close(nil)
	if out.Spare(nil) {
		t.Error("a connection that has ended has room")
	}
	_ = peer.Close()
	if <-read; len(woken) > 0 {
		t.Error("woken twice")
	}
}

// A deadline that was for what a peer did not take at once is not one for what
// follows.
func TestOutboundForgetsItsDeadline(t *testing.T) {
	ours, peer := tcpPair(t)
	out := hub.NewOutbound(ours)
	out.Stall = 2 * time.Second
	const owed = 3 << 20
	if err := ours.SetWriteBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	if err := out.Send(make([]byte, owed)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, peer, owed); err != nil {
		t.Fatal(err)
	}
	for began, one := time.Now(), make([]byte, 1); time.Since(began) < out.Stall/2; {
		if err := out.Send([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.Read(one); err != nil {
			t.Fatal(err)
		}
	}
	out.Close(nil)
}
