package hub_test

import (
	"regexp"
	"strings"
	"testing"

	"hubbub/hub"
)

// The rule once more, as a whole: 1 to 100 bytes, at most one "!".
var channelName = regexp.MustCompile(`\A[A-Za-z0-9_.-]*!?[A-Za-z0-9_.-]*\z`)

func FuzzCheckChannelName(f *testing.F) {
	for _, seed := range []string{
		"", "!", "!!", "a", "a!b", "websocket!01hzy", "a\n", "a\x00", "ä", "a/b", "A-Z_a-z.0-9", strings.Repeat("n", 100), strings.Repeat("n", 101),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		want := len(name) >= 1 && len(name) <= 100 && channelName.MatchString(name)
		err := hub.CheckChannelName(name)
		if (err == nil) != want || err != nil && hub.CodeOf(err) != hub.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	})
}

func TestChannelOptions(t *testing.T) {
	for _, test := range []struct {
		name  string
		opts  hub.ChannelOptions
		wrong string
	}{
		{"the zero value", hub.ChannelOptions{}, ""},
		{"patterns", hub.ChannelOptions{Capacities: []hub.Capacity{{"websocket!*", 1}, {"[^a-c]?", 2}}}, ""},
		{"a malformed pattern", hub.ChannelOptions{Capacities: []hub.Capacity{{"a*", 1}, {"[a", 1}}}, `"[a"`},
		{"no capacity", hub.ChannelOptions{Capacities: []hub.Capacity{{"a*", 0}}}, `"a*" is 0`},
		{"less than none", hub.ChannelOptions{Capacity: -1}, "-1"},
		{"a time before", hub.ChannelOptions{GroupExpiry: -1}, "-1ns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.opts.Check()
			if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Fatalf("checked: %v, want what names %s", err, test.wrong)
			}
			defer func() {
				if panicked := recover() != nil; panicked != (err != nil) {
					t.Errorf("first use of a layer with them: panicked %v", panicked)
				}
			}()
			if err := (&hub.MemoryLayer{Options: test.opts}).Send(t.Context(), "a", nil); err != nil {
				t.Error(err)
			}
		})
	}
}
