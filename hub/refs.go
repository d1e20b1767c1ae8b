package hub

import (
	"hash/maphash"
	"time"
)

// Refs finds the event of a sender's ref in one room, as far back as
// [RefWindow] and [RefWindowCount] say. A store with one writer keeps one for
// each room and fills it from the log's tail when it opens the room.
//
// It holds some 40 bytes for each event with a ref, and no text: a hit must be
// compared with the log, for which different refs may, once in 2^64, look the
// same. It is not safe for concurrent use.
type Refs struct {
	seed  maphash.Seed
	seqs  map[uint64]int64
	queue []refAt // by seq; the first is forgotten first
	gone  int     // entries at the front of queue that are already forgotten
}

type refAt struct {
	key uint64
	seq int64
	at  int64 // Unix milliseconds
}

// NewRefs returns an empty window.
func NewRefs() *Refs {
	return &Refs{seed: maphash.MakeSeed(), seqs: make(map[uint64]int64)}
}

// Add remembers that the event with this seq has the ref. Seqs ascend. An
// empty ref is not remembered.
func (r *Refs) Add(sender, ref string, seq int64, at time.Time) {
	if ref != "" {
		key := r.key(sender, ref)
		r.seqs[key] = seq
		r.queue = append(r.queue, refAt{key, seq, at.UnixMilli()})
	}
	r.forget(seq-RefWindowCount, at.Add(-RefWindow).UnixMilli())
}

// Find returns the seq of the event that has the ref, 0 where none has.
func (r *Refs) Find(sender, ref string) int64 {
	if ref == "" {
		return 0
	}
	return r.seqs[r.key(sender, ref)]
}

// Len returns how many refs are remembered.
func (r *Refs) Len() int { return len(r.queue) - r.gone }

func (r *Refs) forget(seq, at int64) {
	for r.gone < len(r.queue) && r.queue[r.gone].seq <= seq && r.queue[r.gone].at < at {
		if old := r.queue[r.gone]; r.seqs[old.key] == old.seq {
			delete(r.seqs, old.key)
		}
		r.gone++
	}
	if r.gone > 1024 && r.gone > len(r.queue)/2 {
		r.queue = append(r.queue[:0:0], r.queue[r.gone:]...)
		r.gone = 0
	}
}

func (r *Refs) key(sender, ref string) uint64 {
	return maphash.Comparable(r.seed, [2]string{sender, ref})
}
