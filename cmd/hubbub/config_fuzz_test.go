package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzConfig: whatever a config file holds, it is taken, or told of in lines that
// each say where.
func FuzzConfig(f *testing.F) {
	written, err := os.ReadFile("../../configs/hubbub.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(written))
	for _, seed := range []string{
		"", "http: {listen: 'x:1', tls: {listen: none, redirect: 443}}\n", "rooms: {rules: [{rooms: x, history: none}]}\n",
		"a: &a [*a]\n", "? [a]\n: b\n", "http: !!binary aGk=\n", "data: |\n  x\n", "\xff", "limits: {events: 1e9}\n", "<<: {data: x}\n", "auth:\n  guests: yes\n",
		"log: &l {level: info}\nhttp: *l\n", "{", "- 1\n", "--- \n---\n", "acme: {domains: [a.b, '*.c.d'], email: x@y}\n",
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body string) {
		file := filepath.Join(dir, "hubbub.yaml")
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := loadConfig(file)
		if err == nil {
			if c.HTTPListen == "" && c.HTTPS.Listen == "" || c.Data == "" || c.ACMEDirectory == "" {
				t.Errorf("taken, and lacks what it must have: %+v", c)
			}
			return
		}
		for line := range strings.Lines(err.Error()) {
			if !strings.HasPrefix(line, file+":") {
				t.Errorf("a line that does not say where: %q", line)
			}
		}
	})
}
