package http

import (
	"embed"
	"net/http"
	"strings"
)

//go:embed reference
var reference embed.FS

// docs serves the reference of the API at /docs: a page that draws /openapi.json,
// with nothing from elsewhere, so that it works without a network.
func docs() http.Handler {
	all := newAssets(reference)
	return pages(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/docs/")
		if name == "" || r.URL.Path == "/docs" {
			name = "index.html"
		}
		a, ok := all.find("reference/" + name)
		if !ok {
			newProblem(http.StatusNotFound, "Nothing is at this address.").write(w)
			return
		}
		w.Header().Set("Cache-Control", askAgain)
		a.serve(w, r)
	})
}
