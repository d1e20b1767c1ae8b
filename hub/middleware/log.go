package middleware

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"hubbub/hub"
)

// Log logs the life of each scope: that it opened, was refused, or ended, and
// then after what time, with how many events handled and how many of them
// answered with an error, and why. What participants say is never logged, nor
// paths and headers, which may carry secrets.
//
// Openings and ends as they should be, broken connections, and refusals by a
// rate are for debugging; other refusals and ends are information; those by a
// defect of ours are warnings, and so are events that one kept from being handled.
func Log(log *slog.Logger) hub.Middleware {
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (hub.Consumer, error) {
			l := &logged{log: log, scope: s}
			var err error
			if l.consumer, err = app(ctx, s, out); err != nil {
				level := levelOf(err)
				if level == slog.LevelDebug && hub.CodeOf(err) != hub.RateLimited {
					level = slog.LevelWarn // nothing was broken yet, but an application
				}
				l.tell(ctx, level, "a scope was refused", "code", string(hub.CodeOf(err)), "error", err)
				return nil, err
			}
			l.tell(ctx, slog.LevelDebug, "a scope opened")
			return l, nil
		}
	}
}

// levelOf returns the level of an end. What is no *hub.Error is of the
// connection: a reset, a deadline.
func levelOf(cause error) slog.Level {
	e, ok := errors.AsType[*hub.Error](cause)
	switch {
	case !ok || e.Code == hub.RateLimited:
		return slog.LevelDebug
	case e.Code == hub.Internal:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

type logged struct {
	consumer hub.Consumer
	scope    *hub.Scope
	log      *slog.Logger
	events   atomic.Uint64
	failed   atomic.Uint64
}

// tell logs what happened to the scope. What it says of the scope is not made before
// it is needed: there are many scopes, and most lines are for debugging.
func (l *logged) tell(ctx context.Context, level slog.Level, what string, attrs ...any) {
	if !l.log.Enabled(ctx, level) {
		return
	}
	s := l.scope
	about := []any{"scope", s.ID, "type", s.Type, "user", s.User.ID, "kind", string(s.User.Kind)}
	if s.Remote.IsValid() {
		about = append(about, "remote", s.Remote.String())
	}
	l.log.Log(ctx, level, what, append(about, attrs...)...)
}

// Handle implements [hub.Consumer].
func (l *logged) Handle(ctx context.Context, e hub.Event) error {
	l.events.Add(1)
	err := l.consumer.Handle(ctx, e)
	if err != nil {
		l.failed.Add(1)
	}
	if err != nil && hub.CodeOf(err) == hub.Internal { // whose participant is told to look here
		l.tell(ctx, slog.LevelWarn, "an event was not handled", "error", err)
	}
	return err
}

// Close implements [hub.Consumer].
func (l *logged) Close(ctx context.Context, cause error) {
	l.consumer.Close(ctx, cause)
	attrs := []any{"duration", time.Since(l.scope.Opened), "events", l.events.Load(), "failed", l.failed.Load()}
	if cause != nil {
		attrs = append(attrs, "code", string(hub.CodeOf(cause)), "cause", cause)
	}
	l.tell(ctx, levelOf(cause), "a scope ended", attrs...)
}
