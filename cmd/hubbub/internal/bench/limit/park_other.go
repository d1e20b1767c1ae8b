//go:build !linux

package limit

import (
	"bufio"
	"errors"
)

// parking is what park_linux.go has; other systems have no epoll.
type parking struct{}

func newParking() (*parking, error) { return nil, errors.New("connections are parked on Linux alone") }

func (*parking) park(*conn, *bufio.Reader) error {
	return errors.New("connections are parked on Linux alone")
}
func (*parking) run() {}
