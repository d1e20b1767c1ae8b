package http

import (
	"context"
	"time"

	"hubbub/hub"
)

// askTime bounds how long a request waits for its answer.
const askTime = 30 * time.Second

// ask is a scope that sends one chat event and ends with its answer.
func ask(ctx context.Context, app hub.Application, s *hub.Scope, e hub.Event) (hub.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer := make(answers, 1)
	consumer, err := app(ctx, s, answer)
	if err != nil {
		return hub.Event{}, err
	}
	err = consumer.Handle(ctx, e)
	defer func() { consumer.Close(ctx, err) }()
	if err != nil {
		return hub.Event{}, err
	}
	select {
	case a := <-answer:
		if p, ok := a.Detail.(*hub.Problem); ok {
			return a, &hub.Error{Code: p.Code, Message: p.Message}
		}
		return a, nil
	case <-ctx.Done():
		return hub.Event{}, ctx.Err()
	}
}

// answers holds the first answer; the scope is not there for more.
type answers chan hub.Event

// Send implements [hub.Sender].
func (a answers) Send(e hub.Event) error {
	select {
	case a <- e:
	default:
	}
	return nil
}
