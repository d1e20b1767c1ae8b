package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"hubbub/cmd/hubbub/internal/bench"
)

func benchTable() *cobra.Command {
	var quick, asJSON bool
	var only string
	var gap time.Duration
	var frames int
	cmd := &cobra.Command{
		Use: "table", Short: "The table of what a hub is to reach, the limit beside each figure",
		Long: "Measure all that a hub is to reach, on hubs of its own and on the bare server, one after\n" +
			"the other: a figure is the median of several pairs, and its ratio is what counts, since\n" +
			"machines differ. Servers have one processor. It takes some minutes, with --quick one or two.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := newBar(cmd.ErrOrStderr())
			suite := bench.Suite{
				Pairs: 3, Duration: 2 * time.Second, Connections: 10_000, Only: only, Show: bar.show,
				Start: func(ctx context.Context, limit, parked, lean bool) (*bench.Child, error) {
					b := benching{limit: limit, parked: limit && parked, lean: lean, procs: 1, gap: gap, frames: frames}
					return b.child(ctx)
				},
			}
			if quick {
				suite.Pairs, suite.Duration, suite.Connections = 1, time.Second, 2000
			}
			out := cmd.OutOrStdout()
			if !asJSON {
				printRow(out, "", "hub", "limit", "ratio", "target", "")
			}
			err := suite.Run(cmd.Context(), func(r bench.Row) {
				bar.clear()
				if asJSON {
					_ = json.NewEncoder(out).Encode(r)
					return
				}
				tellRow(out, &r)
			})
			return interrupted(cmd.Context(), err)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&quick, "quick", false, "shorter, once each, with fewer connections")
	f.StringVar(&only, "only", "", "one part: fanout, rate, mqtt, publish, growth, idle or storm")
	f.BoolVar(&asJSON, "json", false, "print each row as JSON")
	f.DurationVar(&gap, "gap", 5*time.Millisecond, "how long an event may wait for others at the limit, which is to be the hub's")
	f.IntVar(&frames, "frames", 16, "how many do not wait there")
	return cmd
}

func tellRow(out io.Writer, r *bench.Row) {
	number := func(v float64) string {
		switch {
		case v == 0:
			return "–"
		case v < 100:
			return fmt.Sprintf("%.2f", v)
		default:
			return fmt.Sprintf("%.0f", v)
		}
	}
	reached := "yes"
	if !r.Reached {
		reached = "NO"
	}
	printRow(out, r.Name+", "+r.Unit, number(r.Hub), number(r.Limit), number(r.Ratio), r.Target, reached)
	if r.Note != "" {
		_, _ = fmt.Fprintf(out, "    %s\n", r.Note)
	}
}

func printRow(out io.Writer, name, hub, limit, ratio, target, reached string) {
	_, _ = fmt.Fprintf(out, "%-62s %9s %9s %7s  %-20s %s\n", name, hub, limit, ratio, target, reached)
}
