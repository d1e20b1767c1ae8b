package middleware_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

// bomb panics whatever it is asked.
type bomb struct{}

func (bomb) Handle(context.Context, hub.Event) error { panic("handled") }
func (bomb) Close(context.Context, error)            { panic("closed") }

func TestRecover(t *testing.T) {
	var log bytes.Buffer
	wrap := middleware.Recover(slog.New(slog.NewTextHandler(&log, nil)))
	consumer, err := wrap(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { return bomb{}, nil })(t.Context(), &hub.Scope{ID: "s1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := consumer.Handle(t.Context(), hub.Event{}); hub.CodeOf(err) != hub.Internal {
		t.Errorf("handled with %v", err)
	}
	consumer.Close(t.Context(), nil)
	if _, err := wrap(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) { panic("opened") })(t.Context(), &hub.Scope{ID: "s2"}, nil); hub.CodeOf(err) != hub.Internal {
		t.Errorf("opened with %v", err)
	}
	for _, want := range []string{"panic=handled", "panic=closed", "panic=opened", "scope=s1", "recover_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}
