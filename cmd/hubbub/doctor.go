package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hubbub/bots"
)

// The outcomes of a check.
const (
	okay = "ok"
	warn = "warn"
	fail = "fail"
)

// finding is a line of a doctor's report.
type finding struct {
	Outcome string `json:"outcome"`
	About   string `json:"about"`
	Text    string `json:"text"`           // what is the case
	Cure    string `json:"cure,omitempty"` // what to do about it
}

// doctor looks whether a hub can run here. It changes nothing and takes nothing
// that a running hub needs.
type doctor struct {
	config      *Config
	connections int // expected
	findings    []finding
}

func doctorCommand(configFile *string) *cobra.Command {
	var o output
	var connections int
	var color string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether a hub can run here, or why it does not",
		Long: "Look at the config, the bots, the certificates, the ports, the data folder, the database, the\n" +
			"limits and the clock, also beside a running hub, and say for each whether it is right, and if\n" +
			"not what to do.\n\n" +
			"Exit status: 0 nothing fails; 1 something does.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			paint, err := newPainter(color, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			d := &doctor{connections: connections}
			d.examine(cmd.Context(), *configFile)
			if o.json() {
				err = printJSON(cmd.OutOrStdout(), d.findings)
			} else {
				err = d.print(cmd, paint)
			}
			if n := d.count(fail); err == nil && n > 0 {
				err = fmt.Errorf("%d of %d checks fail", n, len(d.findings))
			}
			return err
		},
	}
	o.flag(cmd)
	cmd.Flags().IntVar(&connections, "connections", 1000, "how many connections the hub is to hold")
	cmd.Flags().StringVar(&color, "color", "auto", "colour: auto, always or never")
	completesFlag(cmd, "color", "auto", "always", "never")
	return cmd
}

func (d *doctor) find(outcome, about, cure, text string, args ...any) {
	d.findings = append(d.findings, finding{outcome, about, fmt.Sprintf(text, args...), cure})
}

func (d *doctor) count(outcome string) (n int) {
	for _, f := range d.findings {
		if f.Outcome == outcome {
			n++
		}
	}
	return n
}

func (d *doctor) print(cmd *cobra.Command, paint painter) error {
	colours := map[string]func(string) string{okay: paint.good, warn: paint.odd, fail: paint.bad}
	width := 0
	for _, f := range d.findings {
		width = max(width, len(f.About))
	}
	for _, f := range d.findings {
		line := colours[f.Outcome](fmt.Sprintf("%-4s", f.Outcome)) + fmt.Sprintf("  %-*s  %s", width, f.About, f.Text)
		if f.Cure != "" {
			line += ". " + f.Cure
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return err
		}
	}
	return nil
}

// examine makes all the checks. Without a config there is nothing to check
// against.
func (d *doctor) examine(ctx context.Context, file string) {
	c, err := loadConfig(file)
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			d.find(fail, "config", "", "%s", strings.TrimSuffix(line, "\n"))
		}
		return
	}
	d.config = c
	d.find(okay, "config", "", "%s", c.source())
	for _, w := range c.warnings() {
		d.find(warn, "config", "", "%s", w)
	}
	d.bots()
	d.certificates(ctx)
	d.ports(ctx)
	d.hosts(ctx)
	d.folder()
	d.disk()
	d.store(ctx)
	d.files()
	d.clock()
}

func (d *doctor) bots() {
	defs, err := loadBots(d.config)
	var faults bots.Faults
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			d.find(fail, "bots", "", "%s", f)
		}
	case err != nil:
		d.find(fail, "bots", "", "%v", err)
	case len(defs) == 0:
		d.find(okay, "bots", "", "there are none in %s", d.config.Bots)
	default:
		d.find(okay, "bots", "", "%d in %s", len(defs), d.config.Bots)
	}
}
