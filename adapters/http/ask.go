package http

import (
	"context"
	"errors"
	"time"

	"hubbub/hub"
)

// askTime bounds how long a request waits for its answer.
const askTime = 30 * time.Second

// ask is a scope that sends one chat event and ends with its answer.
func ask(ctx context.Context, app hub.Application, s *hub.Scope, e hub.Event) (_ hub.Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	out := make(answers, 1)
	consumer, err := app(ctx, s, out)
	if err != nil {
		return hub.Event{}, err
	}
	defer func() { consumer.Close(ctx, err) }()
	if err := consumer.Handle(ctx, e); err != nil {
		return hub.Event{}, err
	}
	select {
	case a := <-out:
		return a.event, a.err
	case <-ctx.Done():
		return hub.Event{}, ctx.Err()
	}
}

// answers holds the first answer; the scope is not there for more.
type answers chan answer

type answer struct {
	event hub.Event
	err   error
}

var _ hub.Finisher = (answers)(nil)

// Send implements [hub.Sender].
func (a answers) Send(e hub.Event) error {
	first := answer{event: e}
	if p, ok := e.Detail.(*hub.Problem); ok {
		first.err = &hub.Error{Code: p.Code, Message: p.Message}
	}
	a.first(first)
	return nil
}

// Finish implements [hub.Finisher]: what ends before it has answered has failed.
func (a answers) Finish(cause error) {
	if cause == nil {
		cause = errors.New("http: the consumer ended without an answer")
	}
	a.first(answer{err: cause})
}

func (a answers) first(first answer) {
	select {
	case a <- first:
	default:
	}
}
