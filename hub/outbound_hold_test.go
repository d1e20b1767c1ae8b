package hub_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hubbub/hub"
)

// What is held leaves when it is let go, in order, or when the connection ends.
func TestOutboundHolds(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*hub.Outbound)
		want string
	}{
		{"released", func(o *hub.Outbound) { o.Release(); o.Finish(nil) }, "one two three four"},
		{"sent now", func(o *hub.Outbound) { _ = o.SendNow([]byte(" now")); o.Finish(nil) }, "one two three four now"},
		{"finished", func(o *hub.Outbound) { o.Finish([]byte(" end")) }, "one two three four end"},
		{"slow", (*hub.Outbound).EndSlow, "slow"},
		{"closed", func(o *hub.Outbound) { o.Close(errors.New("gone")) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, peer := net.Pipe()
				defer ours.Close()
				out := hub.NewOutbound(ours)
				out.Slow = []byte("slow")
				out.Hold()
				var read atomic.Bool
				all := make(chan string)
				go func() {
					first := make([]byte, 1)
					n, _ := peer.Read(first)
					read.Store(true)
					rest, _ := io.ReadAll(peer)
					all <- string(first[:n]) + string(rest)
				}()
				for i, send := range []func([]byte) error{out.Send, out.SendSoon, out.SendLater, func(b []byte) error { _, err := out.Conn().Write(b); return err }} {
					if err := send([]byte([]string{"one", " two", " three", " four"}[i])); err != nil {
						t.Fatal(err)
					}
				}
				if synctest.Wait(); read.Load() {
					t.Error("something left while it was held")
				}
				test.end(out)
				synctest.Wait()
				out.Close(nil)
				if got := <-all; got != test.want {
					t.Errorf("the peer was told %q, want %q", got, test.want)
				}
			})
		})
	}
}

// Much that waits is not held.
func TestOutboundHoldsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe()
		defer ours.Close()
		out := hub.NewOutbound(ours)
		out.Hold()
		if err := out.Send([]byte(strings.Repeat("x", 200<<10))); err != nil {
			t.Fatal(err)
		}
		woken := make(chan struct{})
		if out.Spare(func() { close(woken) }) {
			t.Fatal("there is place for more")
		}
		go func() { _, _ = io.Copy(io.Discard, peer) }()
		<-woken
		out.Close(nil)
		_ = peer.Close()
	})
}
