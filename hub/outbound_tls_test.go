package hub_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
)

// tlsPipe returns the two ends of a TLS connection that holds nothing on its way:
// what is written is read, or waits.
func tlsPipe(t *testing.T) (ours *tls.Conn, peer *tls.Conn, wire net.Conn) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	ours = tls.Server(near, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}},
		// A write is one record, and nothing else waits to be read.
		DynamicRecordSizingDisabled: true, SessionTicketsDisabled: true,
	})
	peer = tls.Client(far, &tls.Config{InsecureSkipVerify: true})
	shaken := make(chan error, 1)
	go func() { shaken <- ours.HandshakeContext(t.Context()) }()
	if err := errors.Join(peer.HandshakeContext(t.Context()), <-shaken); err != nil {
		t.Fatal(err)
	}
	return ours, peer, far
}

// Over TLS too a peer that rests for a while gets all, in whole records.
func TestOutboundOverTLSIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer, _ := tlsPipe(t)
		out := hub.NewOutbound(ours)
		want := bytes.Repeat([]byte("0123456789"), 10_000)
		if err := errors.Join(out.Send(want), out.Send([]byte("end"))); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want)+3)
		for part := 0; part < len(got); {
			time.Sleep(9 * time.Second) //nolint:forbidigo // synctest
			n, err := peer.Read(got[part:])
			if err != nil {
				t.Fatalf("after %d bytes: %v", part, err)
			}
			part += n
		}
		if synctest.Wait(); out.Err() != nil || !bytes.HasPrefix(got, want) || !bytes.HasSuffix(got, []byte("end")) {
			t.Errorf("it ended with %v", out.Err())
		}
		out.Close(nil)
		synctest.Wait()
	})
}

func TestOutboundOverTLSEndsAPeerThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, _, wire := tlsPipe(t)
		defer wire.Close()
		out := hub.NewOutbound(ours)
		start := time.Now()
		if err := out.Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		_, _ = ours.NetConn().Read(make([]byte, 1)) // until it is closed
		if err := out.Err(); !errors.Is(err, hub.ErrSlow) || time.Since(start) != 10*time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

// A peer that is ended while it takes nothing has no more time than one over TCP.
func TestOutboundOverTLSEndsASlowPeerSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, _, wire := tlsPipe(t)
		defer wire.Close()
		out := hub.NewOutbound(ours)
		out.Slow = []byte("slow")
		if err := out.Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) //nolint:forbidigo // synctest
		start := time.Now()
		out.EndSlow()
		_, _ = ours.NetConn().Read(make([]byte, 1)) // until it is closed
		if err := out.Err(); !errors.Is(err, hub.ErrSlow) || time.Since(start) != 2500*time.Millisecond {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

// What TLS writes by itself, when it reads, is not kept by a time that was for
// something else.
func TestOutboundOverTLSLeavesNoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer, wire := tlsPipe(t)
		defer wire.Close()
		out := hub.NewOutbound(ours)
		if err := out.Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(peer, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) //nolint:forbidigo // synctest
		go func() { _, _ = io.Copy(io.Discard, wire) }()
		if _, err := ours.NetConn().Write([]byte("an update of keys")); err != nil {
			t.Error(err)
		}
		out.Close(nil)
		synctest.Wait()
	})
}

// Promise 6: whoever ends a connection, or still has something for it, does not
// wait for a peer that takes nothing, not even the word that it is over.
func TestOutboundOverTLSNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, _, wire := tlsPipe(t)
		defer wire.Close()
		out := hub.NewOutbound(ours)
		start := time.Now()
		out.Finish(nil)
		synctest.Wait() // it tells the peer
		if err := out.Send([]byte("late")); !errors.Is(err, hub.ErrEnded) || time.Since(start) != 0 {
			t.Errorf("sent after %v: %v", time.Since(start), err)
		}
		if out.Take(nil, []byte("late")) != 0 {
			t.Error("it takes frames after the end")
		}
		out.Close(nil)
		if d := time.Since(start); d != 0 {
			t.Errorf("it was closed after %v", d)
		}
		synctest.Wait()
	})
}

// The peer of a connection that ends as it should is told so.
func TestOutboundOverTLSSaysItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer, _ := tlsPipe(t)
		out := hub.NewOutbound(ours)
		lingered := make(chan struct{})
		go func() {
			out.Linger([]byte("last"))
			close(lingered)
		}()
		if got, err := io.ReadAll(peer); string(got) != "last" || err != nil { // a cut would be an error
			t.Errorf("the peer read %q, %v", got, err)
		}
		_ = peer.Close()
		<-lingered
	})
}
