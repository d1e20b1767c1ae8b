package mqtt

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// matches is what the specification says of one filter and one topic (MQTT 5, 4.7).
func matches(filter, topic []string) bool {
	switch {
	case len(filter) == 0:
		return len(topic) == 0
	case filter[0] == "#":
		return true
	case len(topic) == 0:
		return false
	}
	return (filter[0] == "+" || filter[0] == topic[0]) && matches(filter[1:], topic[1:])
}

func agrees(t *testing.T, filters, topics []string) {
	t.Helper()
	var root node
	subs := make(map[*ordinary]string)
	for _, f := range filters {
		o := &ordinary{filter: f}
		o.enter(root.seek(f, true), "")
		subs[o] = f
	}
	for _, topic := range topics {
		root.seek(topic, true).retained = &message{topic: topic}
	}
	for _, topic := range topics {
		var got, want []string
		root.match(topic, func(n *node) {
			for _, o := range n.subs {
				got = append(got, o.filter)
			}
		})
		for _, f := range filters {
			if matches(strings.Split(f, "/"), strings.Split(topic, "/")) {
				want = append(want, f)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q is matched by %q; want %q", topic, got, want)
		}
	}
	for _, f := range filters {
		var got, want []string
		root.find(f, func(m *message) { got = append(got, m.topic) })
		for _, topic := range topics {
			if matches(strings.Split(f, "/"), strings.Split(topic, "/")) && !slices.Contains(want, topic) {
				want = append(want, topic)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q; want %q", f, got, want)
		}
	}
	for _, topic := range topics {
		if n := root.seek(topic, false); n != nil && n.retained != nil {
			n.retained = nil
			n.trim()
		}
	}
	for o := range subs {
		o.leave()
	}
	if len(root.below) != 0 {
		t.Errorf("%d levels are left", len(root.below))
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	level := func(of ...string) string { return of[rand.IntN(len(of))] }
	for range 2000 {
		var filters, topics []string
		for range rand.IntN(12) {
			f := []string{level("a", "b", "", "+", "+")}
			for range rand.IntN(4) {
				f = append(f, level("a", "b", "", "+"))
			}
			if rand.IntN(3) == 0 {
				f = append(f, "#")
			}
			filters = append(filters, strings.Join(f, "/"))
		}
		for range 8 {
			f := []string{level("a", "b", "")}
			for range rand.IntN(5) {
				f = append(f, level("a", "b", ""))
			}
			topics = append(topics, strings.Join(f, "/"))
		}
		if agrees(t, append(filters, "#"), topics); t.Failed() {
			t.Fatalf("filters %q, topics %q", filters, topics)
		}
	}
}

func FuzzTree(f *testing.F) {
	f.Add("a/+/#", "a/b")
	f.Add("+", "/")
	f.Add("#", "")
	f.Add("a//+", "a//b\n")
	f.Fuzz(func(t *testing.T, filter, topic string) {
		if _, refused := routeTopic(topic); refused != nil || topic == "" || strings.ContainsAny(topic, "+#") || !wellFormed(filter) {
			t.Skip()
		}
		agrees(t, []string{filter}, []string{topic})
	})
}

func TestFiltersThatAreNone(t *testing.T) {
	t.Parallel()
	for filter, ok := range map[string]bool{
		"": false, "a": true, "/": true, "#": true, "+": true, "a/#": true, "a/+/b": true, "+/+": true, "//#": true,
		"#/": false, "#/a": false, "a#": false, "#a": false, "a+": false, "+a/b": false, "a/+b": false, "++": false, "##": false, "a/##": false,
	} {
		if wellFormed(filter) != ok {
			t.Errorf("%q: %t", filter, !ok)
		}
	}
	for _, name := range []string{"g", "g/a", ""} {
		share, rest := cutShare(sharePrefix + name)
		if fmt.Sprint(share, "/", rest) != name+strings.Repeat("/", 1-strings.Count(name, "/")) {
			t.Errorf("%q: %q, %q", name, share, rest)
		}
	}
}
