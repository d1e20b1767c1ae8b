package hub

import (
	"slices"
	"sync"
)

// Histogram counts values by size, for whoever asks how a store or a hub does. It is
// safe for concurrent use.
type Histogram struct {
	bounds []float64

	mu     sync.Mutex
	counts []uint64
	sum    float64
}

// Distribution is what a [Histogram] has counted.
type Distribution struct {
	Bounds []float64 // ascending, the largest value of each count but the last
	Counts []uint64  // one more than Bounds: values above the bound before
	Sum    float64   // of all values
}

// NewHistogram returns a histogram with these bounds, which ascend.
func NewHistogram(bounds ...float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

// Observe counts a value.
func (h *Histogram) Observe(value float64) {
	i, _ := slices.BinarySearch(h.bounds, value)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[i]++
	h.sum += value
}

// Distribution returns what was counted so far.
func (h *Histogram) Distribution() Distribution {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Distribution{Bounds: h.bounds, Counts: slices.Clone(h.counts), Sum: h.sum}
}
