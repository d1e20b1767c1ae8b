//go:build unix

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// lockFile holds the file at path for this process, until it is closed or the
// process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another hub has it open: stop that one, or give this one a data folder of its own")
		}
		return nil, err
	}
	return f, nil
}
