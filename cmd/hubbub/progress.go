package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is how often the line of progress is written.
const progressEvery = 100 * time.Millisecond

// progress tells whoever looks on how far it has got, in one line that is
// written over and over. Where nobody looks on it tells only what went wrong.
type progress struct {
	out   io.Writer
	shown bool  // somebody looks on
	total int64 // bytes of the input; 0 where that is not known

	began time.Time
	wrote time.Time
	open  bool // the line stands on the terminal
	count int
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, shown: isTerminal(out), began: time.Now()}
}

// sent says that so many messages are in the log, and how much of the input
// they are.
func (p *progress) sent(count int, read int64) {
	p.count = count
	if !p.shown || time.Since(p.wrote) < progressEvery || time.Since(p.began) < 5*progressEvery {
		return
	}
	p.wrote, p.open = time.Now(), true
	line := fmt.Sprintf("%d messages, %.0f a second", count, float64(count)/time.Since(p.began).Seconds())
	if p.total > 0 {
		line += fmt.Sprintf(", %d %%", 100*min(read, p.total)/p.total)
	}
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", line)
}

// note writes a line of its own.
func (p *progress) note(line string) {
	p.clear()
	_, _ = fmt.Fprintln(p.out, "hubbub:", line)
}

// end leaves the sum where the line of progress was.
func (p *progress) end() {
	if p.open {
		p.clear()
		_, _ = fmt.Fprintf(p.out, "%d messages are in the log, after %v\n", p.count, time.Since(p.began).Round(progressEvery))
	}
}

func (p *progress) clear() {
	if p.open {
		p.open = false
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
