package hub

import (
	"strings"
	"testing"
)

// What is seen at eight bytes at once is what is seen byte by byte.
func FuzzPlain(f *testing.F) {
	f.Add([]byte("a text of some length"))
	for c := range 256 {
		f.Add([]byte(strings.Repeat("x", c%17) + string([]byte{byte(c)}) + "zzzzzzz"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		wantOK, wantASCII := true, true
		for _, c := range text {
			wantOK = wantOK && c >= ' ' && c != '"' && c != '\\'
			wantASCII = wantASCII && c < 0x80
		}
		if ok, ascii := plain(text); ok != wantOK || ok && ascii != wantASCII {
			t.Errorf("%q: %v, %v", text, ok, ascii)
		}
	})
}
