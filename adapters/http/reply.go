package http

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"

	"hubbub/hub"
)

// maxOwed bounds the bytes of an answer that wait to be written.
const maxOwed = 4 << 20

// reply is the way out of a request's scope: what its consumer sends waits for
// the goroutine of the request, which writes it.
type reply struct {
	w    http.ResponseWriter
	wait time.Duration
	more chan struct{} // holds a token when there are parts

	begun bool // the status is written
	whole bool // and nothing is missing

	mu    sync.Mutex
	parts []hub.Event
	size  int   // bytes of them
	said  bool  // something was sent
	last  bool  // no more are taken
	slow  bool  // since too much waited
	cause error // that the consumer has finished with
}

var _ hub.Finisher = (*reply)(nil)

func newReply(w http.ResponseWriter, wait time.Duration) *reply {
	return &reply{w: w, wait: wait, more: make(chan struct{}, 1)}
}

// Send implements [hub.Sender].
func (a *reply) Send(e hub.Event) error {
	size, last := 0, true
	switch d := e.Detail.(type) {
	case *hub.HTTPResponse:
		size, last = len(d.Body), !d.More
	case *hub.Problem:
	default:
		return hub.Errorf(hub.Invalid, "A request's scope sends %s, or an error, not %.64q.", hub.TypeHTTPResponse, e.Type)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.last {
		return hub.ErrEnded
	}
	if a.size > 0 && a.size+size > maxOwed {
		a.last, a.slow = true, true
		a.wake()
		return hub.ErrSlow
	}
	a.parts, a.size, a.said, a.last = append(a.parts, e), a.size+size, true, last
	a.wake()
	return nil
}

// Finish implements [hub.Finisher]. It completes an answer in parts; what ends
// before it has answered has failed.
func (a *reply) Finish(cause error) {
	last := hub.Event{Type: hub.TypeHTTPResponse, Detail: &hub.HTTPResponse{}}
	a.mu.Lock()
	if cause == nil && !a.said {
		cause = errors.New("http: the consumer ended without an answer")
	}
	if !a.last {
		a.cause = cause
	}
	a.mu.Unlock()
	if cause != nil {
		last = hub.ErrorEvent(&last, cause)
	}
	_ = a.Send(last) // unless it was answered before
}

func (a *reply) wake() {
	select {
	case a.more <- struct{}{}:
	default:
	}
}

func (a *reply) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = true
}

// take returns the parts that wait, whether they are the last, and why where that
// is not as it should be.
func (a *reply) take() (parts []hub.Event, last bool, cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts, a.parts, a.size = a.parts, nil, 0
	if a.slow {
		return parts, true, hub.ErrSlow
	}
	return parts, a.last, a.cause
}

// write writes parts as they come, until the last, and returns why it could not.
// An error that handled brings is the last part, where there was none. Whether
// that has come is returned too.
func (a *reply) write(ctx context.Context, handled <-chan error) (returned bool, err error) {
	timer := time.NewTimer(a.wait)
	defer timer.Stop()
	var failed error
	for {
		select {
		case <-a.more:
			if last, err := a.next(); last || err != nil {
				return returned, cmp.Or(failed, err)
			}
			timer.Reset(a.wait)
		case failed = <-handled:
			handled, returned = nil, true
			if failed != nil {
				_ = a.Send(hub.ErrorEvent(&hub.Event{}, failed)) // unless it was answered before
			}
		case <-timer.C:
			a.Finish(errNoAnswer)
		case <-ctx.Done():
			return returned, ctx.Err()
		}
	}
}

// next writes what waits, and reports whether that was the last.
func (a *reply) next() (last bool, err error) {
	parts, last, cause := a.take()
	for i := range parts {
		if err := a.part(parts[i].Detail); err != nil {
			return last, cmp.Or(cause, err)
		}
	}
	return last, cause
}

// part writes an answer's part. A problem is an error too.
func (a *reply) part(detail any) error {
	switch d := detail.(type) {
	case *hub.Problem:
		return a.refuse(&hub.Error{Code: d.Code, Message: d.Message})
	case *hub.HTTPResponse:
		return a.response(d)
	default:
		return nil
	}
}

// refuse answers with a problem document, where nothing is written yet, and
// returns err.
func (a *reply) refuse(err error) error {
	if !a.begun {
		a.begun, a.whole = true, true
		problemOf(err).write(a.w)
	}
	return err
}

// rest has no time pass, of what the server gives a request, while nothing is read or
// written: over HTTP/2 a deadline ends a request by itself, and before that one of
// reading does.
func (a *reply) rest() {
	control := http.NewResponseController(a.w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
}

func (a *reply) response(d *hub.HTTPResponse) error {
	control := http.NewResponseController(a.w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTime)) // a recorder, say, has none
	defer a.rest()
	if !a.begun {
		a.begun = true
		maps.Copy(a.w.Header(), d.Header)
		if d.Status != 0 {
			a.w.WriteHeader(d.Status)
		}
	}
	if _, err := a.w.Write(d.Body); err != nil {
		return err
	}
	if d.More {
		return control.Flush()
	}
	a.whole = true
	return nil
}
