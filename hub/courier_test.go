package hub_test

import (
	"io"
	"net"
	"testing"
	"time"

	"hubbub/hub"
)

// TestACourierLosesNothing: what is sent soon comes, in order, also what waits when
// the courier ends.
func TestACourierLosesNothing(t *testing.T) {
	here, there := net.Pipe() // each write is one read
	defer there.Close()
	out := hub.NewOutbound(here)
	c := hub.NewCourier()
	c.Serve(out)
	const answers = 1000
	go func() {
		b := make([]byte, 1) // neither keeps it
		for i := range answers {
			b[0] = byte(i)
			send := out.SendSoon
			if i%2 > 0 {
				send = func(b []byte) error { return c.Send(out, b) }
			}
			if err := send(b); err != nil {
				t.Error(err)
			}
		}
		c.Close()
		out.Finish(nil)
	}()
	buf := make([]byte, 64<<10)
	got := 0
	_ = there.SetReadDeadline(time.Now().Add(10 * time.Second))
	for got < answers {
		n, err := there.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range buf[:n] {
			if b != byte(got) {
				t.Fatalf("answer %d is %d", got, b)
			}
			got++
		}
	}
	out.Close(nil)
}

// What is sent after the courier has ended goes out all the same.
func TestWithoutItsCourierAConnectionWritesByItself(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	out := hub.NewOutbound(here)
	c := hub.NewCourier()
	c.Serve(out)
	c.Close()
	go func() {
		_ = out.SendSoon([]byte("late"))
		_ = c.Send(out, []byte("r"))
	}()
	buf := make([]byte, 10)
	if _, err := io.ReadFull(there, buf[:5]); err != nil || string(buf[:5]) != "later" {
		t.Errorf("%q, %v", buf, err)
	}
	out.Close(nil)
	if err := c.Send(out, buf); err == nil {
		t.Error("one that has ended takes more")
	}
}
