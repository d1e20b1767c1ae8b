package http_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	httpapi "hubbub/adapters/http"
)

// Plain requests are sent on to https, but for those that programs ask for and an
// authority's; so are a proxy's, unless it says that its client came by https.
func TestPlainRequestsAreSentOn(t *testing.T) {
	port := 443
	secure := httpapi.Secure{HSTS: 48 * time.Hour, Challenge: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("challenge of " + r.Host))
	})}
	served := func(method, target, remote string, change func(*http.Request)) answer {
		secure.Redirect = port
		s := newServer(t, func(o *httpapi.Options) {
			o.Secure, o.Proxies = secure, httpapi.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
		})
		r := httptest.NewRequest(method, target, strings.NewReader(`{"text":"hi"}`))
		r.RemoteAddr = remote
		if change != nil {
			change(r)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return answer{w.Code, http.StatusText(w.Code), w.Header()}
	}
	const page = "http://chat.example:8080/rooms/lobby?since=1"
	for _, test := range []struct {
		name, method, target, remote, proto string
		port                                int
		status                              int
		location                            string
	}{
		{"a page", "GET", page, "192.0.2.1:5", "", 443, 308, "https://chat.example/rooms/lobby?since=1"},
		{"to another port", "GET", page, "192.0.2.1:5", "", 8443, 308, "https://chat.example:8443/rooms/lobby?since=1"},
		{"a post", "POST", "http://chat.example/api/v1/rooms/lobby/messages?name=a", "192.0.2.1:5", "", 443, 308, "https://chat.example/api/v1/rooms/lobby/messages?name=a"},
		{"by an address", "GET", "http://[::1]:8080/", "192.0.2.1:5", "", 443, 308, "https://[::1]/"},
		{"by an address, to another port", "GET", "http://[::1]:8080/", "192.0.2.1:5", "", 8443, 308, "https://[::1]:8443/"},
		{"by a name that was pointed here", "GET", "http://evil.example/", "192.0.2.1:5", "", 443, 421, ""},
		{"a balancer", "GET", "http://chat.example/readyz", "192.0.2.1:5", "", 443, 200, ""},
		{"an authority", "GET", "http://any.example/.well-known/acme-challenge/x", "192.0.2.1:5", "", 443, 200, ""},
		{"a proxy's client by https", "GET", page, "10.1.1.1:5", "https", 443, 200, ""},
		{"a proxy's client by http", "GET", page, "10.1.1.1:5", "http", 443, 308, "https://chat.example/rooms/lobby?since=1"},
		{"no proxy of ours", "GET", page, "192.0.2.1:5", "https", 443, 308, "https://chat.example/rooms/lobby?since=1"},
		{"where it is off", "GET", page, "192.0.2.1:5", "", 0, 200, ""},
	} {
		port = test.port
		res := served(test.method, test.target, test.remote, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", test.proto) })
		if res.StatusCode != test.status || res.Header.Get("Location") != test.location {
			t.Errorf("%s: %s, to %s", test.name, res.Status, res.Header.Get("Location"))
		}
		if said, want := res.Header.Get("Strict-Transport-Security") != "", test.proto == "https" && test.remote[:2] == "10"; said != want {
			t.Errorf("%s: whether https alone is to be taken is said: %v", test.name, said)
		}
	}
	port = 443
	if res := served("GET", page, "192.0.2.1:5", func(r *http.Request) { r.Host = "" }); res.StatusCode != http.StatusMisdirectedRequest && res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a host: %s", res.Status)
	}
	over := func(r *http.Request) { r.TLS = new(tls.ConnectionState) }
	if res := served("GET", page, "192.0.2.1:5", over); res.StatusCode != http.StatusOK || res.Header.Get("Strict-Transport-Security") != "max-age=172800" {
		t.Errorf("by https: %s, %v", res.Status, res.Header)
	}
	for origin, want := range map[string]int{"https://chat.example": 201, "http://chat.example": 403, "HTTP://chat.example": 403, "": 201} {
		res := served("POST", "https://chat.example/api/v1/rooms/lobby/messages?name=ada", "192.0.2.1:5", func(r *http.Request) {
			over(r)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Origin", origin)
		})
		if res.StatusCode != want {
			t.Errorf("a page of %q posts by https: %s", origin, res.Status)
		}
	}
}
