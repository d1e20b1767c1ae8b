//go:build !linux

package main

import "net"

// listening opens listeners.
func listening() *net.ListenConfig { return new(net.ListenConfig) }
