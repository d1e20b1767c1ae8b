package mqtt

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// limiter lets one line in a second through, so that no client fills the log.
type limiter struct {
	mu      sync.Mutex
	next    time.Time
	skipped int
}

// log writes a line, or counts it for the next one that is written.
func (l *limiter) log(write func(string, ...any), message string, args ...any) {
	l.mu.Lock()
	now := time.Now()
	if now.Before(l.next) {
		l.skipped++
		l.mu.Unlock()
		return
	}
	l.next = now.Add(time.Second)
	skipped := l.skipped
	l.skipped = 0
	l.mu.Unlock()
	if skipped > 0 {
		args = append(args, "lines_skipped", skipped)
	}
	write(message, args...)
}

// quiet is the handler of mochi's logger: warnings and errors alone, a few of
// them, and no packets, which hold passwords and payloads.
type quiet struct {
	slog.Handler
	limiter *limiter
}

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	var err error
	q.limiter.log(func(_ string, args ...any) {
		clean := slog.NewRecord(r.Time, r.Level, "mochi: "+r.Message, r.PC)
		r.Attrs(func(a slog.Attr) bool {
			if a.Key != "pk" && a.Key != "packet" {
				clean.AddAttrs(a)
			}
			return true
		})
		clean.Add(args...)
		err = q.Handler.Handle(ctx, clean)
	}, "")
	return err
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attrs), q.limiter}
}

func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithGroup(name), q.limiter}
}
