package main

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"testing"
)

func TestLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newLineHandler(&out, slog.LevelInfo))
	log.Debug("unseen")
	log.Info("hubbub ready", "http", "127.0.0.1:1", "mqtt", "127.0.0.1:2")
	log.Warn("alone")
	log.With("room", "lobby").WithGroup("g").Error("failed", "error", errors.New("two words\nand a line"), "time", 1)
	want := regexp.MustCompile(`^\S+ INFO hubbub ready http=127.0.0.1:1 mqtt=127.0.0.1:2
\S+ WARN alone
\S+ ERROR failed room=lobby g.error="two words\\nand a line" g.time=1
$`)
	if !want.Match(out.Bytes()) {
		t.Errorf("written as\n%s", out.String())
	}
}
