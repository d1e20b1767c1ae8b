package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar shows how far a stage has got, in one line that is written over and over.
// Where nobody looks on it shows nothing.
type bar struct {
	out   io.Writer
	shown bool
	wrote time.Time
	stage string
}

const barWidth = 24

func newBar(out io.Writer) *bar { return &bar{out: out, shown: isTerminal(out)} }

func (b *bar) show(stage string, share float64, note string) {
	if !b.shown || stage == b.stage && time.Since(b.wrote) < progressEvery {
		return
	}
	b.stage, b.wrote = stage, time.Now()
	full := int(min(max(share, 0), 1) * barWidth)
	_, _ = fmt.Fprintf(b.out, "\r\x1b[K%s%s %3.0f %% %s %s",
		strings.Repeat("█", full), strings.Repeat("░", barWidth-full), 100*share, stage, note)
}

func (b *bar) clear() {
	if b.shown {
		_, _ = fmt.Fprint(b.out, "\r\x1b[K")
	}
}
