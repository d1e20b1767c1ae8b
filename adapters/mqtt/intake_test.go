package mqtt

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"hubbub/hub"
)

// Acknowledgements are taken wherever they are cut, and nothing beside them is touched.
func TestAcknowledgementsInPieces(t *testing.T) {
	t.Parallel()
	const events = 1500
	for _, v := range []byte{4, 5} {
		r := start(t, Options{})
		cl := r.connect(t, v, "c")
		cl.granted(1, "rooms/lobby", 1)
		go func() {
			for range events / 50 {
				r.say("lobby", numbers(50)...)
			}
		}()
		var out []byte
		pings, pongs, acked := 0, 0, 0
		for seq := int64(1); seq <= events || pongs < pings || acked < pings; {
			pk, err := cl.read()
			if err != nil {
				t.Fatal(err)
			}
			switch pk.FixedHeader.Type {
			case packets.Pingresp:
				pongs++
				continue
			case packets.Puback:
				acked++
				continue
			}
			if e, err := hub.ParseEvent(pk.Payload); err != nil || e.Seq != seq {
				t.Fatalf("%s, %v; want seq %d", pk.Payload, err, seq)
			}
			seq++
			out = append(out, encode(t, v, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})...)
			if rand.IntN(20) == 0 {
				pings++
				out = append(out, encode(t, v, packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})...)
				// What looks like acknowledgements, in a packet of two bytes of length.
				likes := bytes.Repeat([]byte{packetPuback, 2, 0, byte(rand.IntN(100))}, 50)
				out = append(out, encode(t, v, publish("ordinary", string(likes), 1, uint16(pings)))...)
			}
			n := rand.IntN(len(out) + 1)
			if seq > events-100 { // whatever the window holds back
				n = len(out)
			}
			if _, err := cl.conn.Write(out[:n]); err != nil {
				t.Fatal(err)
			}
			out = out[n:]
		}
		r.srv.mu.Lock()
		w := &r.srv.clients["c"].window
		r.srv.mu.Unlock()
		eventually(t, "nothing is owed", func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return len(w.out) == 0
		})
	}
}

// A client is alive that only acknowledges.
func TestAcknowledgementsKeepAlive(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	cl := r.connect(t, 4, "c", func(pk *packets.Packet) { pk.Connect.Keepalive = 1 })
	cl.granted(1, "rooms/lobby", 1)
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for range 25 { // it would be cut off after 1.5 s
		r.say("lobby", "1")
		cl.event()
		<-ticks.C
	}
	if before := cl.ended(); len(before) > 0 { // as it is when it says nothing
		t.Errorf("read %+v", before)
	}
}

func FuzzEdges(f *testing.F) {
	f.Add([]byte{packetPuback, 2, 0, 1, 0xC0, 0, 0x30, 0x80, 1}, uint8(1))
	f.Add([]byte{0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1}, uint8(3))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		var e edge
		for at := 0; at < len(stream); {
			if e.between() {
				want := len(stream)
				if n, size, err := packets.DecodeLength(bytes.NewReader(stream[at+1:])); err == nil && size <= 4 {
					want = min(want, at+1+size+n)
				}
				for at < want {
					end := min(at+1+int(step), len(stream))
					n := e.pass(stream[at:end])
					if n < 1 || at+n > want {
						t.Fatalf("passes %d of %d bytes at %d; the packet ends at %d", n, end-at, at, want)
					}
					if at += n; at < want && e.between() {
						t.Fatalf("ends at %d; want %d", at, want)
					}
				}
				continue
			}
			if !e.lost {
				return // cut short
			}
			at = len(stream)
		}
	})
}
