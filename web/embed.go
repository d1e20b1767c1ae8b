// Package web holds the browser UI, built by Vite into dist and carried
// inside the binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist returns the built UI as a read-only file tree whose root holds
// index.html and, under assets/, files named after a hash of their content,
// which may be cached for ever; everything outside assets/ keeps its name
// between builds and must be revalidated. Before the first build
// (npm run build in web/) the tree holds no index.html. It is safe for
// concurrent use.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only for an invalid path, and "dist" is a valid one
		panic(err)
	}
	return sub
}
