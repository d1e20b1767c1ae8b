package main

import (
	"strings"
	"testing"

	"hubbub/hub"
)

// A shell is offered the running hub's rooms, keys and words; and nothing, and no
// mistake, where there is no hub.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	offered := func(args ...string) []string {
		t.Helper()
		out, err := program(t, dir, append([]string{"__complete"}, args...)...).Output()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var words []string
		for line := range strings.Lines(string(out)) {
			if word, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); !strings.HasPrefix(word, ":") && word != "" {
				words = append(words, word)
			}
		}
		return words
	}
	if words := offered("tail", ""); len(words) != 0 {
		t.Errorf("without a hub: %q", words)
	}
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0") // its bots make lobby
	p.joins(t, "ops", hub.Join{})
	p.joins(t, "ops.night", hub.Join{})
	for _, test := range []struct{ args, want string }{
		{"tail ", "lobby ops ops.night"},
		{"tail op", "ops ops.night"},
		{"tail ops op", "ops.night"},
		{"send o", "ops ops.night"},
		{"send ops ", ""},
		{"room delete l", "lobby"},
		{"room trim lobby --keep ", "1000 24h 7d 30d"},
		{"tail --color ", "auto always never"},
		{"tail --since ", "all 10m 1h 24h 7d"},
		{"config show log.", "log.level log.format"},
		{"config show log.level log.", "log.format"},
		{"doctor --output ", "text json"},
	} {
		if words := offered(strings.Split(test.args, " ")...); strings.Join(words, " ") != test.want {
			t.Errorf("hubbub %s: %q, want %q", test.args, words, test.want)
		}
	}
}
