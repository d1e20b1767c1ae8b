//go:build !linux

package bench

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// errSystem says that there is no load tool for this system.
var errSystem = errors.New("hubbub bench drives its connections with epoll, which Linux has: run it there; the hub that it measures may be anywhere")

// loop is what loop_linux.go has.
type loop struct{}

func newLoop(client) (*loop, error)                       { return nil, errSystem }
func (l *loop) close()                                    {}
func (l *loop) dial(*peer, netip.AddrPort) error          { return errSystem }
func (l *loop) drop(*peer)                                {}
func (l *loop) throw(*peer)                               {}
func (l *loop) touch(*peer)                               {}
func (l *loop) turn(context.Context, time.Duration) error { return errSystem }
