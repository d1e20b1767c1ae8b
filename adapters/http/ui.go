package http

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
)

// csp allows the page its own files and its own socket, and no frames around it.
const csp = "default-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"style-src 'self' 'unsafe-inline'; script-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// ui serves the UI: hashed files under /assets/ may be kept for ever, the page
// never. The page is at / and at each room's address.
func ui(files fs.FS) http.Handler {
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if changes(r) {
			h.Set("Allow", "GET, HEAD")
			newProblem(http.StatusMethodNotAllowed, "This address allows GET, HEAD.").write(w)
			return
		}
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		switch path := r.URL.Path; {
		case path == "/", strings.HasPrefix(path, "/rooms/"):
			h.Set("Cache-Control", "no-cache")
			page(w, r, files)
		case strings.HasSuffix(path, "/"): // no listings
			http.NotFound(w, r)
		default:
			if strings.HasPrefix(path, "/assets/") {
				if _, err := fs.Stat(files, path[1:]); err == nil {
					h.Set("Cache-Control", "public, max-age=31536000, immutable")
				}
			}
			server.ServeHTTP(w, r)
		}
	})
}

func page(w http.ResponseWriter, r *http.Request, files fs.FS) {
	_, err := fs.Stat(files, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "The UI is not in this binary. Build it with: make build", http.StatusNotFound)
		return
	}
	http.ServeFileFS(w, r, files, "index.html")
}
