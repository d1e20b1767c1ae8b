package middleware

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"hubbub/hub"
)

// Recover turns a panic of an application or a consumer into an error, with its
// stack in the log: one scope's defect does not end the process.
func Recover(log *slog.Logger) hub.Middleware {
	return func(app hub.Application) hub.Application {
		return func(ctx context.Context, s *hub.Scope, out hub.Sender) (consumer hub.Consumer, err error) {
			defer caught(log, s, &err)
			if consumer, err = app(ctx, s, out); err != nil {
				return nil, err
			}
			return &recovered{consumer, log, s}, nil
		}
	}
}

type recovered struct {
	consumer hub.Consumer
	log      *slog.Logger
	scope    *hub.Scope
}

// Handle implements [hub.Consumer].
func (r *recovered) Handle(ctx context.Context, e hub.Event) (err error) {
	defer caught(r.log, r.scope, &err)
	return r.consumer.Handle(ctx, e)
}

// Close implements [hub.Consumer].
func (r *recovered) Close(ctx context.Context, cause error) {
	var err error
	defer caught(r.log, r.scope, &err)
	r.consumer.Close(ctx, cause)
}

func caught(log *slog.Logger, s *hub.Scope, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("middleware: panic: %v", p)
		log.Error("a consumer panicked", "scope", s.ID, "type", s.Type, "panic", p, "stack", string(debug.Stack()))
	}
}
