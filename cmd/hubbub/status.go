package main

// Exit statuses, which the README promises.
const (
	statusFailed      = 1   // a hub said no, or something else went wrong
	statusUsage       = 2   // a mistake of the caller, or in the config
	statusUnreachable = 3   // no hub answered in time: trying again may help
	statusInterrupted = 130 // a signal ended it before it was done, as shells have it
)

// statusError is an error with an exit status of its own.
type statusError struct {
	status int
	err    error
}

func (e statusError) Error() string { return e.err.Error() }
func (e statusError) Unwrap() error { return e.err }

// usageError is a mistake of whoever started the program: status 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// mistakes are those in the files that the program was started with, one a line,
// which begins with the place. They are a [usageError].
type mistakes struct{ err error }

func (e mistakes) Error() string { return e.err.Error() }
func (e mistakes) Unwrap() error { return usageError(e) }
