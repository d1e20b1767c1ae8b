package mqtt

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"hubbub/hub"
)

// Options of a server. The zero value works.
type Options struct {
	// Logger is told of what no client can be told. Default: slog.Default().
	Logger *slog.Logger
	// MaxPacket bounds a packet from a client, in bytes. Default: 128 KiB.
	MaxPacket int
	// MaxConnections bounds the connections, those that are ending included.
	// What comes beyond it is closed at once. Default: 20,000.
	MaxConnections int
	// MaxUnknown bounds the connections that have not sent a CONNECT yet.
	// Default: 1,000.
	MaxUnknown int
	// ConnectTimeout is how long a connection may take to send its CONNECT.
	// Default: 5 s.
	ConnectTimeout time.Duration
	// Linger is how long a connection that ends may take to be acknowledged
	// what is under way, to read what is queued, and to close. Default: 2 s.
	Linger time.Duration
	// Pace is asked before what no consumer is handed, publishes and subscriptions to
	// ordinary topics. It may wait, which pauses the client, until ctx ends.
	// Default: nothing is waited for.
	Pace func(ctx context.Context, s *hub.Scope) error
	// RemoteAddr says where a request for a WebSocket comes from. Default: its
	// RemoteAddr.
	RemoteAddr func(*http.Request) netip.AddrPort
	// CheckOrigin says whether the request's Origin may open a WebSocket.
	// Default: as [hub.CheckOrigin] says, that of the request's own Host.
	CheckOrigin func(*http.Request) bool
}

const (
	maxUnderWay      = 64     // publishes of a client that wait for their acknowledgement
	maxWindow        = 128    // messages to a client, of rooms and of ordinary topics, that wait for its PUBACK or PUBCOMP
	maxSubscriptions = 1024   // of a client, to rooms and to ordinary topics each
	maxRetained      = 10_000 // retained messages of all topics
	maxRetainedSize  = 16_384 // bytes of one
	maxHalfDone      = 1024   // QoS 2 publishes of a client that wait for its PUBREL
	maxName          = 128    // bytes of a client id
	maxKeepalive     = 43_690 // seconds; half as much again still fits mochi's 16 bits
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxPacket == 0 {
		o.MaxPacket = 128 << 10
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 20_000
	}
	if o.MaxUnknown == 0 {
		o.MaxUnknown = 1000
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if o.Linger == 0 {
		o.Linger = 2 * time.Second
	}
	if o.Pace == nil {
		o.Pace = func(context.Context, *hub.Scope) error { return nil }
	}
	if o.RemoteAddr == nil {
		o.RemoteAddr = func(r *http.Request) netip.AddrPort {
			addr, _ := netip.ParseAddrPort(r.RemoteAddr)
			return addr
		}
	}
	if o.CheckOrigin == nil {
		o.CheckOrigin = func(r *http.Request) bool { return hub.CheckOrigin(r.Host, r.Header) == nil }
	}
	return o
}
