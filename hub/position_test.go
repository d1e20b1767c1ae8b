package hub_test

import (
	"net/url"
	"strings"
	"testing"

	"hubbub/hub"
)

func TestPositions(t *testing.T) {
	for text, want := range map[string]hub.Position{
		"0": {Seq: 0}, "41": {Seq: 41}, "01m8:41": {Epoch: "01m8", Seq: 41}, ":41": {Seq: 41}, "a:b:41": {Epoch: "a:b", Seq: 41},
	} {
		if p, err := hub.ParsePosition(text); err != nil || *p != want {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	for _, text := range []string{"x", "-1", "+1", "1.5", "41:", "a b:1", "ü:1", "9223372036854775808", "a\n:1", " 1", strings.Repeat("x", 65) + ":1"} {
		if p, err := hub.ParsePosition(text); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
	if p, err := hub.ParsePosition(""); p != nil || err != nil {
		t.Errorf("nothing is %+v, %v", p, err)
	}
}

func TestJoinsOfAQuery(t *testing.T) {
	for query, want := range map[string]hub.Join{
		"": {}, "limit=7": {Limit: 7}, "since=41": {Since: new(int64(41))}, "since=a:41&epoch=b": {Since: new(int64(41)), Epoch: "a"},
		"since=41&epoch=b&name=ada": {Since: new(int64(41)), Epoch: "b"}, "epoch=b": {},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		e, err := hub.ParseJoin("lobby", q)
		j, ok := e.Detail.(*hub.Join)
		if err != nil || !ok || e.Type != hub.TypeRoomJoin || e.Room != "lobby" || j.Epoch != want.Epoch || j.Limit != want.Limit ||
			(j.Since == nil) != (want.Since == nil) || j.Since != nil && *j.Since != *want.Since {
			t.Errorf("%q: %+v %+v, %v", query, e, j, err)
		}
	}
	for _, q := range []url.Values{{"since": {"x"}}, {"limit": {"x"}}} {
		if _, err := hub.ParseJoin("lobby", q); hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%v: %v", q, err)
		}
	}
}

func FuzzPosition(f *testing.F) {
	for _, text := range []string{"", "41", "01m8:41", "x:", "::1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := hub.ParsePosition(text)
		if err != nil || p == nil {
			return
		}
		if p.Seq < 0 || len(p.Epoch) > 64 {
			t.Fatalf("%q is %+v", text, p)
		}
		again, err := hub.ParsePosition(p.String())
		if err != nil || *again != *p {
			t.Fatalf("%q is %+v, and written again %+v, %v", text, p, again, err)
		}
	})
}
