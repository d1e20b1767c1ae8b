package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestConfigShow(t *testing.T) {
	t.Setenv("HUBBUB_LOG_LEVEL", "warn")
	file := write(t, "# comment\ndata: /srv/hub\nrooms:\n  rules: [{rooms: x, history: none}]\n")
	c, err := loadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	var text, asJSON bytes.Buffer
	if err := c.show(&text, output{"text"}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text.String(), file, "FILE")), "\n")
	if len(lines) != len(settings) {
		t.Errorf("%d lines of %d keys", len(lines), len(settings))
	}
	for _, want := range []string{
		"http.listen 127.0.0.1:8080 default",
		"data /srv/hub FILE:2",
		`rooms.rules [{"history":"none","rooms":"x"}] FILE:4`,
		"log.level warn HUBBUB_LOG_LEVEL",
		"auth.guests true default",
	} {
		found := false
		for _, line := range lines {
			found = found || strings.Join(strings.Fields(line), " ") == want
		}
		if !found {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if err := c.show(&asJSON, output{"json"}); err != nil {
		t.Fatal(err)
	}
	var all []shownSetting
	if err := json.Unmarshal(asJSON.Bytes(), &all); err != nil || len(all) != len(settings) {
		t.Errorf("%v: %s", err, asJSON.String())
	}
	for _, s := range all {
		if s.Key == "data" && (s.Value != "/srv/hub" || s.Source != "file" || s.File != file || s.Line != 2) {
			t.Errorf("%+v", s)
		}
	}
}

// Editors and scripts find the place at the start of each line.
func TestMistakesArePrintedBare(t *testing.T) {
	file := write(t, "log:\n  level: loud\n  format: pretty\n")
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"config", "check", "--config", file}, nil, &out, &errs); status != statusUsage {
		t.Errorf("status %d", status)
	}
	lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], file+":2: ") || !strings.HasPrefix(lines[1], file+":3: ") {
		t.Errorf("printed %q", lines)
	}
	errs.Reset()
	if run(t.Context(), []string{"config", "check", "-o", "yaml"}, nil, &out, &errs); !strings.HasPrefix(errs.String(), "hubbub: --output") {
		t.Errorf("printed %q", errs.String())
	}
}

func TestNumbered(t *testing.T) {
	for n, want := range map[int64]string{0: "0 rooms", 1: "1 room", 2: "2 rooms"} {
		if got := numbered(n, "room"); got != want {
			t.Errorf("numbered(%d) = %q", n, got)
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	for value, want := range map[string]string{
		"sqlite":                              "sqlite",
		"postgres://hub:pw@db:5432/hub":       "postgres://hub:xxxxx@db:5432/hub",
		"postgres://db/hub?password=pw&x=1":   "postgres://db/hub?password=xxxxx&x=1",
		"redis://cache:6379/0":                "redis://cache:6379/0",
		"redis://:p w@cache:6379":             "***",
		"rediss://:long-secret@cache.example": "rediss://:xxxxx@cache.example",
	} {
		if got := masked(value); got != want {
			t.Errorf("%s is shown as %s", value, got)
		}
	}
	_, err := loadConfig(write(t, "store: postgres://hub:hunter2@db/hub\n"))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a mistake says %v", err)
	}
}
