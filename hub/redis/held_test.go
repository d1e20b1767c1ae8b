package redis

import "testing"

// A Receive that ends just as it is rung for passes that on to the next one.
func TestRingIsPassedOn(t *testing.T) {
	l := new(Layer)
	l.held.init()
	first, second := l.held.lineUp("inbox"), l.held.lineUp("inbox")
	l.ring("inbox")
	if len(first.rung) != 1 || len(second.rung) != 0 {
		t.Errorf("rung for %d and %d, want who has waited longest", len(first.rung), len(second.rung))
	}
	if _, alone := l.held.stepOut(first, false); alone || len(second.rung) != 1 {
		t.Fatalf("alone %v, and the next one is rung for %d times", alone, len(second.rung))
	}
	<-second.rung
	if _, alone := l.held.stepOut(second, false); !alone || len(l.held.byName) > 0 {
		t.Errorf("alone %v, and %d channels are held", alone, len(l.held.byName))
	}
}
