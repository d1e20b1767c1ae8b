//go:build !linux

package websocket

// parking is there on Linux alone: elsewhere each connection has a goroutine.
type parking struct{}

func newParking() *parking { return nil }

func (*parking) add(*conn) bool  { return false }
func (*parking) take(*conn) bool { return false }
func (*parking) close()          {}
