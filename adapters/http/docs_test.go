package http_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The reference and all that it loads come from the hub.
func TestTheReference(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"/docs", "/docs/"} {
		res, body := s.do(t, "GET", path, "", nil)
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || res.Header.Get("Cache-Control") != "no-cache" ||
			!strings.Contains(res.Header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s: %s %v", path, res.Status, res.Header)
		}
		for _, link := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if res, file := s.do(t, "GET", link[1], "", nil); res.StatusCode != http.StatusOK || strings.Contains(file, "://") {
				t.Errorf("%s: %s, or loads from elsewhere", link[1], res.Status)
			}
		}
	}
	if res, _ := s.do(t, "GET", "/docs/nothing", "", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("nothing: %s", res.Status)
	}
}
