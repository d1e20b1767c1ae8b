package hub

import (
	"log/slog"
	"time"
)

// DefaultDrain is the default of [WorkOptions]' Drain.
const DefaultDrain = 5 * time.Second

// WorkOptions say how [Work] works. The zero value works.
type WorkOptions struct {
	// User is whom the consumers act as, in rooms say. Default: nobody.
	User User
	// Drain is how long, after the context of Work has ended, consumers may take
	// for the message under way and to close; then their contexts end too.
	// Default: [DefaultDrain].
	Drain time.Duration
	// Logger is told of what nobody else can be told. Default: slog.Default().
	Logger *slog.Logger
}

func (o WorkOptions) withDefaults() WorkOptions {
	if o.Drain == 0 {
		o.Drain = DefaultDrain
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
