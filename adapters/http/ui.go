package http

import (
	"io/fs"
	"net/http"
	"strings"
)

// csp allows the page its own files and its own socket, and no frames around it.
const csp = "default-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"style-src 'self' 'unsafe-inline'; script-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Cache-Control of files: those that are named after what is in them never change,
// the others are asked for again each time.
const (
	keepForever = "public, max-age=31536000, immutable"
	askAgain    = "no-cache"
)

// ui serves the UI: hashed files under /assets/ may be kept for ever, the page
// never. The page is at / and at each room's address.
func ui(files fs.FS) http.Handler {
	all := newAssets(files)
	return pages(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if path == "/" || strings.HasPrefix(path, "/rooms/") {
			path = "/index.html"
		}
		a, ok := all.find(path[1:])
		switch {
		case !ok && path == "/index.html":
			newProblem(http.StatusNotFound, "The UI is not in this binary. Build it with: make build").write(w)
			return
		case !ok:
			newProblem(http.StatusNotFound, "Nothing is at this address.").write(w)
			return
		case strings.HasPrefix(path, "/assets/"):
			w.Header().Set("Cache-Control", keepForever)
		default:
			w.Header().Set("Cache-Control", askAgain)
		}
		a.serve(w, r)
	})
}

// pages serves what browsers show, with what they may do with it.
func pages(serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			newProblem(http.StatusMethodNotAllowed, "This address allows GET, HEAD.").write(w)
			return
		}
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		serve(w, r)
	})
}
