package certs

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// maxReason bounds an authority's answer that is looked at, in bytes.
const maxReason = 64 << 10

// reasons is the way to an authority that remembers what it last said was wrong.
type reasons struct {
	next http.RoundTripper

	mu   sync.Mutex
	said string
}

// RoundTrip implements [http.RoundTripper].
func (r *reasons) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err != nil {
		r.note(err.Error())
		return nil, err
	}
	if !strings.Contains(res.Header.Get("Content-Type"), "json") {
		return res, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReason))
	if said := reasonIn(body); err == nil && said != "" {
		r.note(said)
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), res.Body), res.Body}
	return res, nil
}

func (r *reasons) note(said string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = said
}

func (r *reasons) last() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said
}

// reasonIn returns what an answer says is wrong: as a problem document (RFC 8555,
// section 6.7), or of an order or a challenge.
func reasonIn(body []byte) string {
	type problem struct{ Type, Detail string }
	var answer struct {
		problem
		Error      *problem
		Challenges []struct{ Error *problem }
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	for _, c := range answer.Challenges {
		if c.Error != nil {
			return c.Error.Detail
		}
	}
	if answer.Error != nil {
		return answer.Error.Detail
	}
	if strings.HasSuffix(answer.Type, ":badNonce") { // which is tried again
		return ""
	}
	return answer.Detail
}
