package http

import (
	"strconv"
	"testing"
	"time"
)

func TestPositions(t *testing.T) {
	for text, want := range map[string]position{
		"0": {seq: 0}, "41": {seq: 41}, "01m8:41": {"01m8", 41}, ":41": {seq: 41}, "a:b:41": {"a:b", 41},
	} {
		if p, err := parsePosition(text); err != nil || *p != want {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	for _, text := range []string{"x", "-1", "+1", "1.5", "41:", "a b:1", "ü:1", "9223372036854775808", "a\n:1", " 1"} {
		if p, err := parsePosition(text); err == nil {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
	if p, err := parsePosition(""); p != nil || err != nil {
		t.Errorf("nothing is %+v, %v", p, err)
	}
}

func FuzzPosition(f *testing.F) {
	for _, text := range []string{"", "41", "01m8:41", "x:", "::1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePosition(text)
		if err != nil || p == nil {
			return
		}
		if p.seq < 0 || len(p.epoch) > maxEpoch {
			t.Fatalf("%q is %+v", text, p)
		}
		again, err := parsePosition(p.epoch + ":" + strconv.FormatInt(p.seq, 10))
		if err != nil || *again != *p {
			t.Fatalf("%q is %+v, and written again %+v, %v", text, p, again, err)
		}
	})
}

func FuzzWait(f *testing.F) {
	for _, text := range []string{"30s", "30", "500ms", "-1s", "1h", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := parseWait(text); err == nil && (d < 0 || d > maxWait) {
			t.Fatalf("%q is %v", text, d)
		}
	})
	if d, err := parseWait("30"); d != 30*time.Second || err != nil {
		f.Errorf("30 is %v, %v", d, err)
	}
}
