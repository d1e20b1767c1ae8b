package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Suite runs the table of what a hub is to reach: each row on a hub and on the
// limit, one after the other and several times, so that what else the machine
// does meets both. What is compared is the median of the ratios.
type Suite struct {
	// Start starts a server for a run: a hub, or the bare server where limit is
	// set; parked has that one keep connections at rest, and lean has either
	// collect its garbage all the time, so that its memory is what it uses.
	Start func(ctx context.Context, limit, parked, lean bool) (*Child, error)
	// Pairs is how often each row is run, Duration how long each time.
	Pairs    int
	Duration time.Duration
	// Connections are those that are idle, and thrown off.
	Connections int
	// Only is the part of the table that is run; empty is all of it.
	Only string
	// Show is as in [Bench].
	Show func(stage string, share float64, note string)
}

// Row is one line of the table.
type Row struct {
	Name    string  `json:"name"`
	Unit    string  `json:"unit"`
	Hub     float64 `json:"hub"`
	Limit   float64 `json:"limit,omitempty"` // of the bare server; 0 where there is none
	Ratio   float64 `json:"ratio,omitempty"`
	Target  string  `json:"target"`
	Reached bool    `json:"reached"`
	Note    string  `json:"note,omitempty"`
}

// errRow is of a row that could not be run; the others are.
var errRow = errors.New("a row could not be measured")

// Run runs all rows, and hands each to show as soon as it is there.
func (s *Suite) Run(ctx context.Context, show func(Row)) error {
	var failed error
	found := false
	for _, part := range s.parts() {
		if s.Only != "" && s.Only != part.name {
			continue
		}
		found = true
		rows, err := part.measure(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%w: %w", errRow, err))
		}
		for _, r := range rows {
			show(r)
		}
	}
	if !found {
		return fmt.Errorf("the table has no part %q", s.Only)
	}
	return failed
}

// part of the table: rows that are measured together.
type part struct {
	name    string
	measure func(context.Context) ([]Row, error)
}

// once runs work on a server of its own.
func (s *Suite) once(ctx context.Context, limit, parked, lean bool, work func(*Bench) (*Result, error)) (_ *Result, err error) {
	child, err := s.Start(ctx, limit, parked, lean)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, child.Stop()) }()
	r, err := work(&Bench{Target: child.Target, Show: s.Show})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", child.Target.Name, err)
	}
	return r, nil
}

// mind has the row say where a run of the hub was not right: then nothing is
// reached, however fast that was.
func (row *Row) mind(all ...*Result) {
	for _, r := range all {
		if !r.right() || r.Told > 0 {
			row.Reached = false
			row.Note += ". " + r.verdict()
			return
		}
	}
}

// runs of one row: those of the hub and of the limit beside each other.
type runs struct{ hub, limit []*Result }

// ratio returns the medians of a figure, and of its ratio in the pairs.
func (r *runs) ratio(of func(*Result) float64) (hub, limit, ratio float64) {
	var hubs, limits, ratios []float64
	for i, h := range r.hub {
		l := of(r.limit[i])
		hubs, limits = append(hubs, of(h)), append(limits, l)
		if l > 0 {
			ratios = append(ratios, of(h)/l)
		}
	}
	return median(hubs), median(limits), median(ratios)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// middle returns the run whose figure is the median one.
func middle(all []*Result, of func(*Result) float64) *Result {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b *Result) int {
		switch {
		case of(a) < of(b):
			return -1
		case of(a) > of(b):
			return 1
		}
		return 0
	})
	return sorted[len(sorted)/2]
}

func cpuPerDelivery(r *Result) float64 { return float64(r.CPUPerDelivery()) / 1e3 }
