//go:build !linux

package bench

import "context"

func usageOf(int) func(context.Context) (Usage, error) {
	return func(context.Context) (Usage, error) { return Usage{}, errSystem }
}
