package bench

import (
	"context"
	"fmt"
	"time"
)

// idle measures what connections cost that say nothing, and how fast they come.
func (s *Suite) idle(ctx context.Context) ([]Row, error) {
	load := Load{Rooms: 100, Connections: s.Connections, Opening: 1000, Duration: 3 * time.Second}
	memory := Row{Name: fmt.Sprintf("%d idle connections", s.Connections), Unit: "kB each", Target: "≤ 4.5"}
	var err error
	var r [2]*Result
	for i := range r {
		r[i], err = s.once(ctx, i == 1, true, true, func(b *Bench) (*Result, error) { return b.Idle(ctx, load) })
		if err != nil {
			return nil, err
		}
	}
	kB := func(r *Result) float64 { return float64(r.MemoryPerConnection()) / 1e3 }
	memory.Hub, memory.Limit = kB(r[0]), kB(r[1])
	memory.Ratio = memory.Hub / memory.Limit
	memory.Reached = memory.Hub <= 4.5

	accepts := Row{Name: "connections opened and joined", Unit: "a second", Target: "≥ 0.8 ×"}
	var all runs
	load.Duration = time.Millisecond
	for range s.Pairs {
		for i := range r {
			r[i], err = s.once(ctx, i == 1, true, false, func(b *Bench) (*Result, error) { return b.Idle(ctx, load) })
			if err != nil {
				return []Row{memory}, err
			}
		}
		all.hub, all.limit = append(all.hub, r[0]), append(all.limit, r[1])
	}
	accepts.Hub, accepts.Limit, accepts.Ratio = all.ratio((*Result).OpenedPerSecond)
	accepts.Reached = accepts.Ratio >= 0.8
	return []Row{memory, accepts}, nil
}

// storm measures how long it takes until all are back that were thrown off.
func (s *Suite) storm(ctx context.Context) ([]Row, error) {
	load := Load{Rooms: 100, Connections: s.Connections, Opening: 1000, Kept: true, Rate: 100, Warmup: time.Second}
	row := Row{Name: fmt.Sprintf("%d thrown off, all back and resumed", s.Connections), Unit: "s", Target: "≤ 2 ×"}
	var all runs
	for range s.Pairs {
		for i, dst := range []*[]*Result{&all.hub, &all.limit} {
			r, err := s.once(ctx, i == 1, true, false, func(b *Bench) (*Result, error) { return b.Storm(ctx, load) })
			if err != nil {
				return nil, err
			}
			*dst = append(*dst, r)
		}
	}
	seconds := func(r *Result) float64 { return r.Rejoined.Seconds() }
	row.Hub, row.Limit, row.Ratio = all.ratio(seconds)
	row.Reached = row.Ratio <= 2
	r := middle(all.hub, seconds)
	row.Note = fmt.Sprintf("delivery meanwhile: %s; at the limit: %s", r.Delivery, middle(all.limit, seconds).Delivery)
	row.mind(all.hub...)
	return []Row{row}, nil
}
