package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"
)

// limits.connects holds on every protocol, for each address, and never for those
// who show a secret.
func TestConnectsAreLimited(t *testing.T) {
	p := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "HUBBUB_LIMITS_CONNECTS=1", "HUBBUB_HTTP_TRUSTED_PROXIES=127.0.0.1")
	ask := func(from, secret string) (int, string, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.http+"/api/v1/session", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", from)
		if secret != "" {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body struct{ Guest, Code string }
		if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		return res.StatusCode, body.Guest, body.Code
	}
	defer http.DefaultClient.CloseIdleConnections()
	limited := func(from string) bool {
		t.Helper()
		status, _, code := ask(from, "")
		return status == http.StatusTooManyRequests && code == "rate_limited"
	}
	// Each loop ends with the first connect that came within a second of another.
	status, secret, _ := ask("192.0.2.1", "")
	if status != http.StatusOK || secret == "" {
		t.Fatalf("the first guest: %d", status)
	}
	for !limited("192.0.2.1") {
	}
	if status, same, _ := ask("192.0.2.1", secret); status != http.StatusOK || same != secret {
		t.Errorf("a guest who comes back: %d", status)
	}
	for wrong := 0; ; wrong++ {
		if status, _, _ := ask("192.0.2.2", "wrong"); status == http.StatusTooManyRequests {
			break
		} else if status != http.StatusUnauthorized || wrong > 100 {
			t.Fatalf("the wrong secret %d: %d", wrong, status)
		}
	}
	for dials := 0; ; dials++ {
		header := http.Header{"X-Forwarded-For": {"192.0.2.3"}}
		ws, res, err := websocket.DefaultDialer.Dial("ws://"+p.http+"/ws?name=ada", header)
		if err == nil {
			ws.Close()
		} else if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "1" {
			break
		}
		if dials > 100 {
			t.Fatalf("sockets are not limited: %v", err)
		}
	}
	for dials := 0; ; dials++ {
		cl := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + p.mqtt).SetClientID("c").SetProtocolVersion(4).SetConnectRetry(false))
		token := cl.Connect()
		token.Wait()
		cl.Disconnect(0)
		if err := token.Error(); err != nil && strings.Contains(strings.ToLower(err.Error()), "unavailable") {
			break
		} else if err != nil || dials > 100 {
			t.Fatalf("devices are not limited: %v", err)
		}
	}
}
