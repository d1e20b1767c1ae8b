package http

import (
	"context"
	"time"

	"hubbub/hub"
)

// askTime bounds how long a request waits for its answer.
const askTime = 30 * time.Second

// ask is a scope that sends one chat event and ends with its answer. That is as
// it should be also where the answer is an error.
func ask(ctx context.Context, app hub.Application, s *hub.Scope, e hub.Event) (hub.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	out := make(answers, 1)
	consumer, err := app(ctx, s, out)
	if err != nil {
		return hub.Event{}, err
	}
	var cause error
	defer func() { consumer.Close(ctx, cause) }()
	if err := consumer.Handle(ctx, e); err != nil {
		return hub.Event{}, err
	}
	answer, err := out.wait(ctx)
	if _, ok := answer.Detail.(*hub.Problem); !ok {
		cause = err
	}
	return answer, err
}

// tell is a scope that sends one chat event that nothing answers, but an error.
func tell(ctx context.Context, app hub.Application, s *hub.Scope, e hub.Event) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	out := make(answers, 1)
	consumer, err := app(ctx, s, out)
	if err != nil {
		return err
	}
	defer consumer.Close(ctx, nil)
	if err := consumer.Handle(ctx, e); err != nil {
		return err
	}
	select {
	case a := <-out:
		if p, ok := a.event.Detail.(*hub.Problem); ok {
			return &hub.Error{Code: p.Code, Message: p.Message}
		}
		return a.cause
	default:
		return nil
	}
}

// answers holds the first answer; the scope is not there for more.
type answers chan answer

// answer is an event, or the cause of an end without one.
type answer struct {
	event hub.Event
	cause error
}

var _ hub.Finisher = (answers)(nil)

// Send implements [hub.Sender].
func (a answers) Send(e hub.Event) error {
	a.first(answer{event: e})
	return nil
}

// Finish implements [hub.Finisher]: what ends before it has answered has failed.
func (a answers) Finish(cause error) {
	if cause == nil {
		cause = hub.Errorf(hub.Internal, "The request ended without an answer. Try again.")
	}
	a.first(answer{cause: cause})
}

// wait returns the answer. One that is an error is an error too.
func (a answers) wait(ctx context.Context) (hub.Event, error) {
	select {
	case first := <-a:
		if p, ok := first.event.Detail.(*hub.Problem); ok {
			return first.event, &hub.Error{Code: p.Code, Message: p.Message}
		}
		return first.event, first.cause
	case <-ctx.Done():
		return hub.Event{}, ctx.Err()
	}
}

func (a answers) first(first answer) {
	select {
	case a <- first:
	default:
	}
}
