package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hubbub/hub"
	"hubbub/hub/middleware"
)

func TestLog(t *testing.T) {
	scope := &hub.Scope{
		ID: "s1", Type: hub.ScopeWebSocket, Path: "/hooks/secret", Remote: netip.MustParseAddrPort("192.0.2.1:5"), Secret: "secret",
		Headers: http.Header{"Authorization": {"secret"}}, User: hub.User{ID: "u1", Kind: hub.Guest},
	}
	for _, test := range []struct {
		name         string
		refuse, end  error
		level, wants string
	}{
		{"as it should", nil, nil, "DEBUG", `msg="a scope ended"`},
		{"a broken connection", nil, io.ErrUnexpectedEOF, "DEBUG", `code=internal cause="unexpected EOF"`},
		{"slow", nil, hub.ErrSlow, "INFO", `code=slow`},
		{"a defect", nil, &hub.Error{Code: hub.Internal, Err: errors.New("why")}, "WARN", `why`},
		{"refused", hub.Errorf(hub.Forbidden, "No."), nil, "INFO", `msg="a scope was refused" scope=s1 type=websocket user=u1 kind=guest remote=192.0.2.1:5 code=forbidden`},
		{"refused by a rate", hub.Errorf(hub.RateLimited, "No."), nil, "DEBUG", `code=rate_limited`},
		{"refused by a defect", errors.New("why"), nil, "WARN", `code=internal error=why`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				scope := scope.With(func(s *hub.Scope) { s.Opened = time.Now() })
				var log bytes.Buffer
				wrap := middleware.Log(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
				closed := &counter{}
				consumer, err := wrap(func(context.Context, *hub.Scope, hub.Sender) (hub.Consumer, error) {
					return failing{closed}, test.refuse
				})(t.Context(), scope, nil)
				if !errors.Is(err, test.refuse) {
					t.Fatal(err)
				}
				if err == nil {
					for _, text := range []string{"secret", "fail"} {
						if err := consumer.Handle(t.Context(), hub.Event{Type: hub.TypeSendMessage, Text: text}); (err != nil) != (text == "fail") {
							t.Errorf("%s: %v", text, err)
						}
					}
					if err := consumer.Handle(t.Context(), hub.Event{Text: "break"}); err == nil {
						t.Error("not broken")
					}
					time.Sleep(time.Minute) //nolint:forbidigo // synctest
					consumer.Close(t.Context(), test.end)
					test.wants += "\nduration=1m0s events=3 failed=2\na scope opened\nlevel=WARN msg=\"an event was not handled\""
				}
				lines := strings.Split(strings.TrimSpace(log.String()), "\n")
				if last := lines[len(lines)-1]; !strings.Contains(last, "level="+test.level) {
					t.Errorf("not of level %s: %s", test.level, last)
				}
				for want := range strings.SplitSeq(test.wants, "\n") {
					if !strings.Contains(log.String(), want) {
						t.Errorf("lacks %s:\n%s", want, &log)
					}
				}
				if strings.Contains(log.String(), "secret") {
					t.Errorf("tells a secret:\n%s", &log)
				}
			})
		})
	}
}

// failing answers what says fail with an error.
type failing struct{ *counter }

func (f failing) Handle(ctx context.Context, e hub.Event) error {
	if e.Text == "fail" {
		return hub.Errorf(hub.Invalid, "secret")
	}
	if e.Text == "break" {
		return errors.New("a defect")
	}
	return f.counter.Handle(ctx, e)
}
