package http

import (
	"strings"
	"testing"

	"hubbub/hub"
)

func TestWhatHooksSay(t *testing.T) {
	for body, want := range map[string]string{
		`{"text":"The build is green."}`:                                                "The build is green.",
		` {"text":" a &lt;b&gt; &amp;amp; c ","username":"x"} `:                         "a <b> &amp; c",
		`{"text":"see <https://x.example/1|the log>, <https://x.example/2>"}`:           "see the log (https://x.example/1), https://x.example/2",
		`payload=%7B%22text%22%3A%22hi+there%22%7D`:                                     "hi there",
		`{"attachments":[{"fallback":"f","title":"T","text":"t"},{"fallback":"only"}]}`: "T\nt\nonly",
		`{"text":"one","attachments":[{"pretext":"two"}]}`:                              "one\ntwo",
	} {
		if text, _, err := parseHook([]byte(body)); err != nil || text != want {
			t.Errorf("%s says %q, %v", body, text, err)
		}
	}
	if _, ref, err := parseHook([]byte(`{"text":"x","ref":"r1"}`)); ref != "r1" || err != nil {
		t.Errorf("ref %q, %v", ref, err)
	}
	for _, body := range []string{"", "x", "{", `{"text":7}`, `{"text":" "}`, "{}", "payload=", "payload=x", "text=hi", "%zz", "[]"} {
		if text, _, err := parseHook([]byte(body)); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%s says %q, %v", body, text, err)
		}
	}
}

func FuzzHook(f *testing.F) {
	f.Add([]byte(`{"text":"a <https://x|y> &lt;"}`))
	f.Add([]byte(`payload=%7B%22text%22%3A%22hi%22%7D`))
	f.Add([]byte(`{"attachments":[{"title":"x"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		text, _, err := parseHook(body)
		if (err == nil) != (text != "") {
			t.Fatalf("%q says %q, %v", body, text, err)
		}
		if err == nil && strings.TrimSpace(text) == "" {
			t.Fatalf("%q says nothing", body)
		}
	})
}
