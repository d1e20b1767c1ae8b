package http

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hubbub/hub"
)

// problem is an error as a problem document (RFC 9457), with the hub's code.
type problem struct {
	Title  string   `json:"title" doc:"The status in words" example:"Not Found"`
	Status int      `json:"status" doc:"HTTP status" example:"404"`
	Detail string   `json:"detail" doc:"What is wrong and what to do about it" example:"There is no room attic."`
	Code   hub.Code `json:"code" doc:"The hub's code of the error" enum:"invalid,unauthorized,forbidden,not_found,conflict,too_large,rate_limited,slow,unavailable,internal" example:"not_found"`
}

const problemType = "application/problem+json"

func (p *problem) Error() string             { return p.Detail }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return problemType }

// statuses of the hub's codes.
var statuses = map[hub.Code]int{
	hub.Invalid:      http.StatusBadRequest,
	hub.Unauthorized: http.StatusUnauthorized,
	hub.Forbidden:    http.StatusForbidden,
	hub.NotFound:     http.StatusNotFound,
	hub.Conflict:     http.StatusConflict,
	hub.TooLarge:     http.StatusRequestEntityTooLarge,
	hub.RateLimited:  http.StatusTooManyRequests,
	hub.Slow:         http.StatusServiceUnavailable,
	hub.Unavailable:  http.StatusServiceUnavailable,
	hub.Internal:     http.StatusInternalServerError,
}

// problemOf returns err as a problem document.
func problemOf(err error) *problem {
	p := hub.ProblemOf(err)
	status, ok := statuses[p.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	return &problem{Title: http.StatusText(status), Status: status, Detail: p.Message, Code: p.Code}
}

// codes of statuses that the library answers with by itself, or that it is only
// told the status of.
var codes = map[int]hub.Code{
	http.StatusBadRequest:            hub.Invalid,
	http.StatusUnauthorized:          hub.Unauthorized,
	http.StatusForbidden:             hub.Forbidden,
	http.StatusNotFound:              hub.NotFound,
	http.StatusConflict:              hub.Conflict,
	http.StatusRequestEntityTooLarge: hub.TooLarge,
	http.StatusMisdirectedRequest:    hub.Forbidden,
	http.StatusTooManyRequests:       hub.RateLimited,
	http.StatusServiceUnavailable:    hub.Unavailable,
	http.StatusInternalServerError:   hub.Internal,
}

func newProblem(status int, detail string) *problem {
	code := codes[status]
	switch {
	case code == "" && status < http.StatusInternalServerError:
		code = hub.Invalid // 405, 406, 415…
	case code == "":
		code = hub.Internal
	}
	return &problem{Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

// Refuse answers a request with err, as a problem document (RFC 9457) with the
// status of its code.
func Refuse(w http.ResponseWriter, err error) {
	p := problemOf(err)
	if p.Code == hub.RateLimited {
		w.Header().Set("Retry-After", "1")
	}
	p.write(w)
}

func (p *problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// The library makes its errors through these variables. Ours repeat no value
// of the request: it may be junk, or a secret.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		if status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest
		}
		parts := []string{msg}
		for _, err := range errs {
			var d *huma.ErrorDetail
			switch {
			case errors.As(err, &d):
				parts = append(parts, strings.TrimSpace(d.Location+" "+d.Message))
			case err != nil:
				parts = append(parts, err.Error())
			}
		}
		return newProblem(status, strings.Join(parts, "; "))
	}
}

// withProblems serves mux, and what mux has no route for with a problem
// document in place of its plain text.
func withProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		found := &recorder{header: w.Header(), status: http.StatusOK}
		h.ServeHTTP(found, r) // sets Allow
		switch found.status {
		case http.StatusNotFound:
			newProblem(found.status, "Nothing is at this address. /openapi.json describes what is.").write(w)
		case http.StatusMethodNotAllowed:
			newProblem(found.status, "This address allows "+w.Header().Get("Allow")+".").write(w)
		default: // a redirect to the clean path
			w.WriteHeader(found.status)
		}
	})
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }
