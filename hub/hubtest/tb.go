package hubtest

import (
	"fmt"
	"slices"
)

// TB is what a communicator needs of a test. Every *testing.T is one; example
// functions, which have none, use an [Example].
type TB interface {
	Helper()
	Cleanup(f func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Example is a [TB] for example functions. What fails panics. Its zero value
// works; [Example.End] is to be deferred.
type Example struct{ cleanups []func() }

// End does what tests do at their end, such as closing scopes that are open.
func (e *Example) End() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
	e.cleanups = nil
}

// Helper implements [TB].
func (*Example) Helper() {}

// Cleanup implements [TB].
func (e *Example) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

// Errorf implements [TB].
func (*Example) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// Fatalf implements [TB].
func (*Example) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
