package http_test

import (
	"encoding/json"
	"net/http"
	"testing"

	httpapi "hubbub/adapters/http"
)

// Whoever may not enter learns why, and how to connect where they may.
func TestAnybodyMayAskWhatTheHubIs(t *testing.T) {
	about := httpapi.About{
		Version: "1.2.0", Create: "members", Limits: httpapi.Limits{Text: 10, Event: 20},
		MQTT: []httpapi.Listener{{Port: 1883}, {Host: "127.0.0.1", Port: 8883, TLS: true, Local: true}},
	}
	s := newServer(t, func(o *httpapi.Options) { o.About = about })
	res, body := s.do(t, "GET", "/api/v1/server", "", nil) // without a name, which others need
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s %v %s", res.Status, res.Header, body)
	}
	const want = `{"version":"1.2.0","guests":false,"create":"members","mqtt":[{"port":1883,"tls":false,"local":false},` +
		`{"host":"127.0.0.1","port":8883,"tls":true,"local":true}],"limits":{"text":10,"event":20}}`
	if !sameJSON(t, body, want) {
		t.Errorf("%s, want %s", body, want)
	}
	if res, _ := s.do(t, "GET", "/api/v1/session", "", nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session of nobody: %s", res.Status)
	}
	s = newServer(t)
	if _, body := s.do(t, "GET", "/api/v1/server", "", nil); !sameJSON(t, body, `{"version":"test","guests":false,"create":"","mqtt":[],"limits":{"text":0,"event":0}}`) {
		t.Errorf("without a broker: %s", body)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var canonical [2]string
	for i, text := range []string{a, b} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		canonical[i] = string(out)
	}
	return canonical[0] == canonical[1]
}
