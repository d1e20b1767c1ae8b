package hub

import (
	"fmt"
	"log/slog"
	"path"
	"time"
)

// Defaults of [ChannelOptions].
const (
	DefaultCapacity    = 100
	DefaultExpiry      = time.Minute
	DefaultGroupExpiry = 24 * time.Hour
)

// ChannelOptions say how much channels hold, and for how long. The zero value
// works. Layers take them; hubs that share a layer should agree on them.
type ChannelOptions struct {
	// Capacity is how many messages may wait in a channel.
	// Default: [DefaultCapacity].
	Capacity int
	// Capacities override it for channels whose names match; the first counts.
	Capacities []Capacity
	// Expiry is how long a message waits. Default: [DefaultExpiry].
	Expiry time.Duration
	// GroupExpiry is how long a channel without an owner stays in its groups
	// after it was last added or received from. Default: [DefaultGroupExpiry].
	GroupExpiry time.Duration
	// Logger is told what was dropped, summed up over half the expiry.
	// Default: slog.Default().
	Logger *slog.Logger
}

// Capacity is the capacity of the channels whose names match a pattern.
type Capacity struct {
	Pattern  string // of [path.Match]: "websocket!*"
	Messages int    // from 1 on
}

// Check returns an error that names what cannot work: a malformed pattern, a
// number or a duration below zero.
func (o ChannelOptions) Check() error {
	if o.Capacity < 0 || o.Expiry < 0 || o.GroupExpiry < 0 {
		return fmt.Errorf("hub: channels: capacity %d, expiry %v or group expiry %v is below zero", o.Capacity, o.Expiry, o.GroupExpiry)
	}
	for _, c := range o.Capacities {
		if _, err := path.Match(c.Pattern, ""); err != nil {
			return fmt.Errorf("hub: channels: capacity of %q: %w", c.Pattern, err)
		}
		if c.Messages < 1 {
			return fmt.Errorf("hub: channels: capacity of %q is %d, and must be 1 or more", c.Pattern, c.Messages)
		}
	}
	return nil
}

// WithDefaults returns the options with defaults in place of zeros. Layers call
// it.
func (o ChannelOptions) WithDefaults() ChannelOptions {
	if o.Capacity == 0 {
		o.Capacity = DefaultCapacity
	}
	if o.Expiry == 0 {
		o.Expiry = DefaultExpiry
	}
	if o.GroupExpiry == 0 {
		o.GroupExpiry = DefaultGroupExpiry
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// CapacityOf returns how many messages may wait in the channel, of options
// with their defaults.
func (o ChannelOptions) CapacityOf(channel string) int {
	for _, c := range o.Capacities {
		if ok, err := path.Match(c.Pattern, channel); ok && err == nil {
			return c.Messages
		}
	}
	return o.Capacity
}
