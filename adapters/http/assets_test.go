package http_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	httpapi "hubbub/adapters/http"
)

// Files are compressed for those who take that, and not sent again to those who
// have them.
func TestCompressedFiles(t *testing.T) {
	script := strings.Repeat("let kettle = 'on';\n", 200)
	s := newServer(t, func(o *httpapi.Options) {
		o.UI = fstest.MapFS{
			"index.html":       {Data: []byte("<!doctype html>" + strings.Repeat("<p>hi</p>", 200))},
			"assets/app-1.js":  {Data: []byte(script)},
			"assets/font.woff": {Data: []byte(strings.Repeat("x", 5000))},
		}
	})
	tags := make(map[string]string)
	for _, test := range []struct {
		path, accepts string
		want          bool
	}{
		{"/assets/app-1.js", "gzip", true},
		{"/assets/app-1.js", "br, gzip;q=0.5", true},
		{"/assets/app-1.js", "gzip;q=0, br", false},
		{"/assets/app-1.js", "identity", false},
		{"/assets/font.woff", "gzip", false},
		{"/", "gzip, deflate, br, zstd", true},
	} {
		res, body := s.do(t, "GET", test.path, "", func(r *http.Request) { r.Header.Set("Accept-Encoding", test.accepts) })
		gzipped := res.Header.Get("Content-Encoding") == "gzip"
		if res.StatusCode != http.StatusOK || gzipped != test.want || res.Header.Get("ETag") == "" {
			t.Errorf("%s for %q: %s, %v", test.path, test.accepts, res.Status, res.Header)
		}
		if gzipped {
			if len(body) > 500 || res.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: %d bytes, %v", test.path, len(body), res.Header)
			}
			in, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := io.ReadAll(in)
			if body = string(whole); err != nil {
				t.Fatal(err)
			}
		}
		if test.path == "/assets/app-1.js" && body != script {
			t.Errorf("%s for %q: %.60q", test.path, test.accepts, body)
		}
		tags[test.path+test.accepts] = res.Header.Get("ETag")
	}
	if tags["/assets/app-1.jsgzip"] == tags["/assets/app-1.jsidentity"] {
		t.Error("what is sent in two ways has one tag")
	}
	res, _ := s.do(t, "GET", "/", "", func(r *http.Request) {
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("If-None-Match", tags["/gzip, deflate, br, zstd"])
	})
	if res.StatusCode != http.StatusNotModified || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("asked again: %s, %v", res.Status, res.Header)
	}
	res, body := s.do(t, "GET", "/assets/app-1.js", "", func(r *http.Request) {
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Range", "bytes=0-9")
	})
	if res.StatusCode != http.StatusPartialContent || body != script[:10] {
		t.Errorf("a part: %s %q", res.Status, body)
	}
	for _, path := range []string{"/assets", "/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/x"} {
		if res, _ := s.do(t, "GET", path, "", nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}
