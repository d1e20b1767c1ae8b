package http_test

import (
	"net/http"
	"strings"
	"testing"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

func TestHooks(t *testing.T) {
	s := newServer(t, func(o *httpapi.Options) {
		o.Hook = func(r *http.Request) (hub.User, string, error) {
			if r.PathValue("token") != "secret" {
				return hub.User{}, "", hub.Errorf(hub.NotFound, "There is no such webhook.")
			}
			return hub.User{ID: "hook:1", Name: "CI", Kind: hub.Bot}, "lobby", nil
		}
	})
	for _, body := range []string{`{"text":"green","ref":"r1"}`, `payload={"text":"red"}`, `{"text":"green","ref":"r1"}`} {
		if res, answer := s.do(t, "POST", "/hooks/secret", body, nil); res.StatusCode != http.StatusOK || answer != "ok" {
			t.Errorf("%s: %s %s", body, res.Status, answer)
		}
	}
	log := call[page](t, s, "ada", "GET", lobby+"/messages", "", 200).Events
	if len(log) != 2 || log[0].Text != "green" || log[1].Text != "red" {
		t.Fatalf("the room has %+v", log)
	}
	if from := log[0].From; from.Name != "CI" || from.Via != "webhook" || from.Kind != hub.Bot {
		t.Errorf("it is from %+v", from)
	}
	for _, test := range []struct {
		method, path, body, origin string
		status                     int
		code                       hub.Code
	}{
		{"POST", "/hooks/wrong", `{"text":"x"}`, "", 404, hub.NotFound},
		{"POST", "/hooks/secret", `x`, "", 400, hub.Invalid},
		{"POST", "/hooks/secret", `{"text":"` + strings.Repeat("x", 17<<10) + `"}`, "", 413, hub.TooLarge},
		{"POST", "/hooks/secret", strings.Repeat("x", 300<<10), "", 413, hub.TooLarge},
		{"POST", "/hooks/secret", `{"text":"x"}`, "https://evil.example", 403, hub.Forbidden},
		{"GET", "/hooks/secret", "", "", 405, hub.Invalid},
	} {
		res, body := s.do(t, test.method, test.path, test.body, func(r *http.Request) {
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
		})
		if res.StatusCode != test.status || !strings.Contains(body, `"code":"`+string(test.code)+`"`) {
			t.Errorf("%s %s: %s %s", test.method, test.path, res.Status, body)
		}
	}
}
