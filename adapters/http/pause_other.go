//go:build !unix

package http

import "time"

// networkPause does not wait on this system.
type networkPause struct{}

func (*networkPause) wait(time.Duration) bool { return false }

func (*networkPause) close() {}
