package certs

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

type answers string

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{Header: http.Header{"Content-Type": {"application/problem+json"}}, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

// What an authority says is wrong is remembered, and whoever asked still reads it.
func TestReasons(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many"}`:                                          "too many",
		`{"type":"urn:ietf:params:acme:error:badNonce","detail":"again"}`:                                                "",
		`{"status":"invalid","challenges":[{"type":"dns-01"},{"type":"http-01","error":{"detail":"nothing is there"}}]}`: "nothing is there",
		`{"status":"invalid","error":{"detail":"no"}}`:                                                                   "no",
		`{"status":"valid"}`: "",
		`[1]`:                "", "": "",
		`{"detail":"` + strings.Repeat("x", maxReason) + `"}`: "",
	} {
		r := &reasons{next: answers(body)}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://ca.example/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(read) != body || r.last() != want {
			t.Errorf("%.100s: %q, and %d bytes are left, %v", body, r.last(), len(read), err)
		}
	}
}

func FuzzReasons(f *testing.F) {
	f.Add([]byte(`{"challenges":[{"error":{"detail":"x"}}]}`))
	f.Fuzz(func(_ *testing.T, body []byte) { reasonIn(body) })
}
