package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

// lineHandler writes records as people read them, `TIME LEVEL message key=value…`,
// with the keys and values as slog's text handler writes them.
type lineHandler struct {
	*lines
	attrs slog.Handler // writes into lines.buf
}

// lines is where records go, shared by all handlers that come of one.
type lines struct {
	mu  sync.Mutex
	out io.Writer
	buf bytes.Buffer
}

func newLineHandler(out io.Writer, level slog.Level) slog.Handler {
	l := &lines{out: out}
	return lineHandler{l, slog.NewTextHandler(&l.buf, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		},
	})}
}

// Enabled implements [slog.Handler].
func (h lineHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.attrs.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (h lineHandler) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf.Reset()
	h.buf.WriteString(r.Time.Format(time.RFC3339))
	h.buf.WriteByte(' ')
	h.buf.WriteString(r.Level.String())
	h.buf.WriteByte(' ')
	h.buf.WriteString(r.Message)
	h.buf.WriteByte(' ')
	if err := h.attrs.Handle(ctx, r); err != nil {
		return err
	}
	line := append(bytes.TrimRight(h.buf.Bytes(), " \n"), '\n')
	_, err := h.out.Write(line)
	return err
}

// WithAttrs implements [slog.Handler].
func (h lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return lineHandler{h.lines, h.attrs.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h lineHandler) WithGroup(name string) slog.Handler {
	return lineHandler{h.lines, h.attrs.WithGroup(name)}
}
