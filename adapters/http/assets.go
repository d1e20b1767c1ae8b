package http

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// minGzip is the size of a file, in bytes, below which compressing is not worth it.
const minGzip = 1 << 10

// assets serves files that do not change while the hub runs. Each is read, summed
// and compressed once, when it is first asked for: what is kept is bounded by the
// files that there are.
type assets struct {
	files fs.FS

	mu   sync.Mutex
	kept map[string]*asset
}

// asset is a file as it is sent.
type asset struct {
	body     []byte
	gzipped  []byte // nil where that is not worth it
	mimeType string
	tag      string
}

func newAssets(files fs.FS) *assets { return &assets{files: files, kept: make(map[string]*asset)} }

// find returns the file, and false where there is none.
func (s *assets) find(name string) (*asset, bool) {
	s.mu.Lock()
	defer s.mu.Unlock() // those who come first wait while it is compressed
	if a := s.kept[name]; a != nil {
		return a, true
	}
	if !fs.ValidPath(name) {
		return nil, false
	}
	body, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil, false
	}
	a := newAsset(name, body)
	s.kept[name] = a
	return a, true
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	a := &asset{body: body, mimeType: mime.TypeByExtension(path.Ext(name)), tag: hex.EncodeToString(sum[:8])}
	if a.mimeType == "" {
		a.mimeType = http.DetectContentType(body)
	}
	if len(body) < minGzip || !isText(a.mimeType) {
		return a
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	if _, err := w.Write(body); err == nil && w.Close() == nil && out.Len() < len(body) {
		a.gzipped = out.Bytes()
	}
	return a
}

// isText reports whether files of the type are not compressed already.
func isText(mimeType string) bool {
	mimeType, _, _ = strings.Cut(mimeType, ";")
	switch mimeType {
	case "application/json", "application/javascript", "application/manifest+json", "application/wasm", "image/svg+xml":
		return true
	default:
		return strings.HasPrefix(mimeType, "text/")
	}
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.mimeType)
	body, tag := a.body, a.tag
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if r.Header.Get("Range") == "" && acceptsGzip(r.Header) {
			body, tag = a.gzipped, tag+"-gzip"
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reports whether Accept-Encoding names gzip, and not to refuse it (RFC
// 9110, section 12.5.3).
func acceptsGzip(h http.Header) bool {
	for _, header := range h.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(coding, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			q, isQ := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !isQ || err == nil && weight > 0
		}
	}
	return false
}
