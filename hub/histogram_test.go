package hub_test

import (
	"slices"
	"testing"

	"hubbub/hub"
)

func TestHistogram(t *testing.T) {
	h := hub.NewHistogram(1, 2.5, 10)
	for _, value := range []float64{0, 1, 1.1, 2.5, 10, 10.5, 1000} {
		h.Observe(value)
	}
	d := h.Distribution()
	if !slices.Equal(d.Bounds, []float64{1, 2.5, 10}) || !slices.Equal(d.Counts, []uint64{2, 2, 1, 2}) || d.Sum != 1025.1 {
		t.Errorf("got %+v", d)
	}
	h.Observe(1)
	if d.Counts[0] != 2 {
		t.Error("what was returned changes")
	}
}
