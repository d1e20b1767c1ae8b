package hub

import (
	"net"
	"testing"
)

// writes counts what a connection is tried with.
type writes struct {
	count int
	bytes []byte
}

func (w *writes) tryWrite(b []byte) (int, error) {
	w.count++
	w.bytes = append(w.bytes, b...)
	return len(b), nil
}

// TestACourierWritesOnceForAllThatCameBeforeItsTurn: it is what makes the
// acknowledgements of one commit one write.
func TestACourierWritesOnceForAllThatCameBeforeItsTurn(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	out, w := NewOutbound(here), &writes{}
	out.try = w
	c := &Courier{shard: newShard(nil, 0)} // its turn has not come
	c.Serve(out)
	for i := range 100 {
		if err := out.SendSoon([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if w.count > 0 {
		t.Errorf("%d writes before its turn", w.count)
	}
	c.running.Go(c.shard.run)
	c.Close()
	if w.count != 1 || len(w.bytes) != 100 {
		t.Errorf("%d writes of %d bytes", w.count, len(w.bytes))
	}
	out.Close(nil)
}
