package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// parts returns the table, whose figures are those of the design.
func (s *Suite) parts() []part {
	saturated := func(rooms, members, window int, ephemeral, kept float64) func(context.Context) ([]Row, error) {
		load := Load{Rooms: rooms, Members: members, Senders: 1, Window: window}
		return s.fanout(fmt.Sprintf("%d × %d", rooms, members), load, ephemeral, kept, 0.6, 0)
	}
	return []part{
		{"fanout", saturated(1, 100, 32, 1.6, 2.5)},
		{"fanout", saturated(1, 1000, 32, 1.6, 2.5)},
		{"fanout", saturated(100, 10, 8, 1.8, 3)},
		{"fanout", saturated(1000, 2, 4, 2.2, 3.5)},
		{"rate", s.fanout("1 × 100, 20 senders, 500/s", Load{Members: 100, Senders: 20, Rate: 500}, 1.2, 1.4, 0, 12*time.Millisecond)},
		{"mqtt", s.fanout("1 × 100, MQTT QoS 0", Load{Members: 100, Senders: 1, Window: 32, Read: MQTT}, 2.5, 3.5, 0.6, 0)},
		{"publish", s.publishing},
		{"growth", s.growing("10 to 1,000 and 10,000 rooms of 10", []Load{
			{Rooms: 10, Members: 10, Senders: 1, Window: 1},
			{Rooms: 1000, Members: 10, Senders: 1, Window: 1},
			{Rooms: 10_000, Members: 10, Joins: 10, Senders: 1, Window: 1},
		})},
		{"growth", s.growing("100 to 10,000 members of one room", []Load{
			{Members: 100, Senders: 1, Window: 32},
			{Members: 10_000, Senders: 1, Window: 32},
		})},
		{"idle", s.idle},
		{"storm", s.storm},
	}
}

// fanout measures a load in ephemeral rooms and in kept ones, beside the limit.
func (s *Suite) fanout(name string, load Load, ephemeral, kept, share float64, p99 time.Duration) func(context.Context) ([]Row, error) {
	return func(ctx context.Context) ([]Row, error) {
		load.Warmup, load.Duration = s.Duration/2, s.Duration
		var all [2]runs
		for range s.Pairs {
			limit, err := s.once(ctx, true, false, false, func(b *Bench) (*Result, error) { return b.Traffic(ctx, "fanout", load) })
			if err != nil {
				return nil, err
			}
			for i := range all {
				load := load
				load.Kept = i == 1
				r, err := s.once(ctx, false, false, false, func(b *Bench) (*Result, error) { return b.Traffic(ctx, "fanout", load) })
				if err != nil {
					return nil, err
				}
				all[i].hub, all[i].limit = append(all[i].hub, r), append(all[i].limit, limit)
			}
		}
		return []Row{
			fanoutRow(name+", ephemeral", &all[0], ephemeral, share, p99),
			fanoutRow(name+", kept", &all[1], kept, share, p99),
		}, nil
	}
}

// fanoutRow compares the time for a delivery and, where a share is given, how
// many there were, and where a p99 is, that.
func fanoutRow(name string, all *runs, target, share float64, p99 time.Duration) Row {
	row := Row{Name: name, Unit: "µs CPU a delivery", Target: fmt.Sprintf("≤ %g ×", target)}
	row.Hub, row.Limit, row.Ratio = all.ratio(cpuPerDelivery)
	row.Reached = row.Ratio <= target
	r := middle(all.hub, cpuPerDelivery)
	row.Note = fmt.Sprintf("%.0f/s", r.DeliveriesPerSecond())
	if share > 0 {
		_, _, speed := all.ratio((*Result).DeliveriesPerSecond)
		row.Note += fmt.Sprintf(", %.2f × the limit's (≥ %g)", speed, share)
		row.Reached = row.Reached && speed >= share
	}
	row.Note += fmt.Sprintf(", p50 %s, p99 %s", short(r.Delivery.P50), short(r.Delivery.P99))
	if p99 > 0 {
		row.Note += fmt.Sprintf(" (≤ %s)", short(p99))
	}
	row.Note += ", p99.9 " + short(r.Delivery.P999)
	if p99 > 0 {
		row.Reached = row.Reached && r.Delivery.P99 <= p99
	}
	row.mind(all.hub...)
	return row
}

// publishing measures how many messages are acknowledged that nobody hears.
func (s *Suite) publishing(ctx context.Context) ([]Row, error) {
	const target = 40_000
	// Who writes for the first time becomes a member, and what that costs once is
	// over when it is measured.
	load := Load{Rooms: 100, Senders: 10, Window: 100, Kept: true, Refs: true, Warmup: 2 * s.Duration, Duration: s.Duration}
	var all runs
	for range s.Pairs {
		for _, limit := range []bool{true, false} {
			r, err := s.once(ctx, limit, false, false, func(b *Bench) (*Result, error) { return b.Traffic(ctx, "publish", load) })
			if err != nil {
				return nil, err
			}
			if limit {
				all.limit = append(all.limit, r)
			} else {
				all.hub = append(all.hub, r)
			}
		}
	}
	row := Row{Name: "1,000 senders, 100 rooms, kept", Unit: "acknowledged a second", Target: fmt.Sprintf("≥ %d", target)}
	row.Hub, row.Limit, row.Ratio = all.ratio((*Result).PublishesPerSecond)
	row.Reached = row.Hub >= target
	r := middle(all.hub, (*Result).PublishesPerSecond)
	used := r.CPU.Seconds() / r.Measured.Seconds()
	row.Note = fmt.Sprintf("%.2f µs CPU each: %.0f a second of a whole core; it had %.0f %%. p50 %s, p99 %s",
		float64(r.CPUPerPublish())/1e3, r.PublishesPerSecond()/used, 100*used, short(r.Ack.P50), short(r.Ack.P99))
	row.mind(all.hub...)
	return []Row{row}, nil
}

// growing compares the time for a delivery in loads that differ in size alone. What
// the limit makes of them is told beside it: larger ones do not fit the caches, whoever
// serves them.
func (s *Suite) growing(name string, loads []Load) func(context.Context) ([]Row, error) {
	return func(ctx context.Context) ([]Row, error) {
		var figures [2]growth
		var all []*Result
		for _, load := range loads {
			load.Warmup, load.Duration = s.Duration/2, s.Duration
			for i, limit := range []bool{false, true} {
				r, err := s.once(ctx, limit, false, false, func(b *Bench) (*Result, error) { return b.Traffic(ctx, "fanout", load) })
				if err != nil {
					return nil, err
				}
				if figures[i] = append(figures[i], cpuPerDelivery(r)); !limit {
					all = append(all, r)
				}
			}
		}
		hub, limit := figures[0], figures[1]
		row := Row{
			Name: name, Unit: "µs CPU a delivery", Hub: hub[len(hub)-1], Limit: limit[len(limit)-1],
			Ratio: hub.times(), Target: "≤ 1.15 × the first",
			Note: fmt.Sprintf("%v; at the limit %v, %.2f × the first", hub, limit, limit.times()),
		}
		row.Reached = row.Ratio <= 1.15
		row.mind(all...)
		return []Row{row}, nil
	}
}

// growth is what a delivery takes, in µs, in one load after the other.
type growth []float64

// times returns how often the first is in the most.
func (g growth) times() float64 { return slices.Max(g) / g[0] }

func (g growth) String() string {
	var b strings.Builder
	for i, v := range g {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.2f", v)
	}
	return b.String() + " µs"
}
