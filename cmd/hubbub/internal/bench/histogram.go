package bench

import (
	"math/bits"
	"time"
)

// histogram counts times, to within 3 percent.
type histogram struct {
	counts [64 << histogramBits]int64
	n      int64
	max    int64
}

const histogramBits = 5 // steps within a power of two

// add counts a time in nanoseconds.
func (h *histogram) add(ns int64) {
	ns = max(ns, 0)
	h.n++
	h.max = max(h.max, ns)
	h.counts[bucketOf(ns)]++
}

func bucketOf(ns int64) int {
	shift := max(bits.Len64(uint64(ns))-histogramBits-1, 0)
	return shift<<histogramBits + int(ns>>shift)
}

// upper returns the highest time of a bucket.
func upper(bucket int) int64 {
	if bucket < 2<<histogramBits {
		return int64(bucket)
	}
	shift := bucket>>histogramBits - 1
	return int64(bucket-shift<<histogramBits+1)<<shift - 1
}

// Times are the usual quantiles. The zero value says that there was nothing to
// measure.
type Times struct {
	P50  time.Duration `json:"p50"`
	P99  time.Duration `json:"p99"`
	P999 time.Duration `json:"p999"`
	Max  time.Duration `json:"max"`
}

func (h *histogram) times() Times {
	return Times{P50: h.quantile(0.5), P99: h.quantile(0.99), P999: h.quantile(0.999), Max: time.Duration(h.max)}
}

// quantile returns a time that the share q of those counted do not exceed.
func (h *histogram) quantile(q float64) time.Duration {
	want := int64(q*float64(h.n-1)) + 1
	var seen int64
	for bucket, n := range h.counts {
		if seen += n; n > 0 && seen >= want {
			return time.Duration(min(upper(bucket), h.max))
		}
	}
	return 0
}
