package http

import (
	"testing"
	"time"
)

func FuzzWait(f *testing.F) {
	for _, text := range []string{"30s", "30", "500ms", "-1s", "1h", "x"} {
		f.Add(text)
	}
	if d, err := parseWait("30"); d != 30*time.Second || err != nil {
		f.Errorf("30 is %v, %v", d, err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := parseWait(text); err == nil && (d < 0 || d > maxWait) {
			t.Fatalf("%q is %v", text, d)
		}
	})
}
