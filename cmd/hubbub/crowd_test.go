package main

import (
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
)

// crowd is a listener with so many who want in.
type crowd struct {
	net.Listener
	waiting int
}

func (c *crowd) Accept() (net.Conn, error) {
	if c.waiting == 0 {
		return nil, net.ErrClosed
	}
	c.waiting--
	return nil, nil
}

// Whoever has something to do while a crowd comes waits for a few of them, not for
// all. Turns are counted, not how long the longest was: a busy machine takes some away.
func TestACrowdIsAcceptedAFewAtATime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const all = 4096
	var came atomic.Int64
	var served sync.WaitGroup
	served.Go(func() {
		l := &fewAtATime{Listener: &crowd{waiting: all}}
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
			served.Go(func() { came.Add(1) })
		}
	})
	var turns, last int64
	for last < all {
		runtime.Gosched()
		if now := came.Load(); now > last {
			turns, last = turns+1, now
		}
	}
	served.Wait()
	if turns < all/32 || turns > all/8 {
		t.Errorf("%d came in for each turn of somebody else; want 16", all/turns)
	}
}

// faulty is a listener that can accept every other one only.
type faulty struct {
	net.Listener
	asked int
}

func (f *faulty) Accept() (net.Conn, error) {
	if f.asked++; f.asked%2 == 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return new(net.TCPConn), nil
}

// What goes wrong with one of a crowd is told, as it is, and the next one accepted.
func TestWhatGoesWrongInACrowdIsTold(t *testing.T) {
	l := &fewAtATime{Listener: new(faulty)}
	for i := range 100 {
		c, err := l.Accept()
		if broken := i%2 == 1; broken != errors.Is(err, syscall.EMFILE) || broken != (c == nil) {
			t.Fatalf("accepting %d: %v, %v", i, c, err)
		}
	}
}

// A listener that is closed while a crowd comes has accepted all that it said, and
// then says that it is closed, once for each time that it is asked.
func TestAListenerIsClosedWhileACrowdComes(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &fewAtATime{Listener: tcp}
	var dialing sync.WaitGroup
	for range 8 {
		dialing.Go(func() {
			for {
				c, err := net.Dial("tcp", tcp.Addr().String())
				if err != nil {
					return // it is closed
				}
				_, _ = c.Read(make([]byte, 1)) // until it is closed, too
				_ = c.Close()
			}
		})
	}
	for i := 0; ; i++ {
		c, err := l.Accept()
		if err != nil {
			if i < 100 || !errors.Is(err, net.ErrClosed) {
				t.Errorf("after %d: %v", i, err)
			}
			break
		}
		_ = c.Close()
		if i == 100 {
			go l.Close()
		}
	}
	dialing.Wait()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("asked again: %v", err)
	}
}

// A listener that stops by itself stops the hub, one that is closed does not.
func TestAListenerThatStops(t *testing.T) {
	for _, test := range []struct {
		name string
		l    net.Listener
		want error
	}{
		{"closed", &crowd{waiting: 100}, nil},
		{"out of files", new(faulty), syscall.EMFILE},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{failed: make(chan error, 1)}
				s.run("http", test.l, func(l net.Listener) error {
					if _, ok := l.(*fewAtATime); !ok {
						t.Errorf("a crowd is accepted by a %T at once", l)
					}
					for {
						if _, err := l.Accept(); err != nil {
							return err
						}
					}
				})
				synctest.Wait()
				select {
				case err := <-s.failed:
					if !errors.Is(err, test.want) {
						t.Errorf("stopped by %v", err)
					}
				default:
					if test.want != nil {
						t.Error("it was not told")
					}
				}
			})
		})
	}
}
