package hub

import (
	"net/http"
	"net/url"
)

// Types of the protocol events of a [ScopeHTTP] whose consumer answers the
// request itself. It is handed the first, once, and sends the other. An error
// event answers too, as a problem document.
const (
	TypeHTTPRequest  = "http.request"  // Detail *HTTPRequest
	TypeHTTPResponse = "http.response" // Detail *HTTPResponse; the last one ends the scope
)

// HTTPRequest is the detail of http.request. Path, parameters and headers are
// the scope's.
type HTTPRequest struct {
	Method string
	Query  url.Values
	Body   []byte
}

// HTTPResponse is the detail of http.response: the whole answer or, with More,
// a part of one that is written at once. It may be sent at any time after the
// request, so that a request can wait for what happens.
type HTTPResponse struct {
	Status int         // of the first part; 0 is 200
	Header http.Header // of the first part; may be nil
	Body   []byte
	More   bool // another part follows
}
