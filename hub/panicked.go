package hub

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// panicked is a panic that became an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("hub: panic: %v\n%s", p.value, p.stack) }

func isPanic(err error) bool { return errors.As(err, new(*panicked)) }

// guard calls f and makes an error of its panic.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p, debug.Stack()}
		}
	}()
	return f()
}
