package hub

import (
	"context"
	"errors"
	"fmt"
)

// Code classes an error for the participant whose command failed. Adapters
// translate codes to what their protocol has.
type Code string

// The codes of errors.
const (
	Invalid      Code = "invalid"      // the command is malformed
	Unauthorized Code = "unauthorized" // it is not known who asks
	Forbidden    Code = "forbidden"    // it is known, and not enough
	NotFound     Code = "not_found"
	Conflict     Code = "conflict" // the reference was used for something else
	TooLarge     Code = "too_large"
	RateLimited  Code = "rate_limited"
	Slow         Code = "slow"        // the reader did not keep up
	Unavailable  Code = "unavailable" // try again later
	Internal     Code = "internal"    // a defect of ours
)

// Error is an error that a participant may be told.
type Error struct {
	Code    Code
	Message string // for people: what is wrong and what to do about it
	Err     error  // the cause, for the log only; may be nil
}

// Errorf makes an error that a participant may be told.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Code) + ": " + e.Message
	}
	return string(e.Code) + ": " + e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns err's code: that of the *Error in its chain, [Unavailable]
// for what was cancelled, else [Internal].
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	default:
		return Internal
	}
}

// ProblemOf returns what a participant is told of err. Causes and internal
// errors are for the log: their text is not in it.
func ProblemOf(err error) *Problem {
	var e *Error
	switch {
	case errors.As(err, &e):
		return &Problem{Code: e.Code, Message: e.Message}
	case CodeOf(err) == Unavailable:
		return &Problem{Code: Unavailable, Message: "The hub is busy or stopping. Try again."}
	default:
		return &Problem{Code: Internal, Message: "Something went wrong in the hub. Its log says what. Try again."}
	}
}

// ErrorEvent returns the event that answers command e with err.
func ErrorEvent(e *Event, err error) Event {
	return Event{Type: TypeError, Room: e.Room, Ref: e.Ref, Tag: e.Tag, Detail: ProblemOf(err)}
}
