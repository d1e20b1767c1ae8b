package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hubbub/hub/hubtest"
)

// status returns how a command ended.
func status(err error) int {
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// A file's lines are in the log once each and in order, whatever answers are
// lost and however often the hub dies, and once still when it is sent again.
func TestSendDoublesNothing(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	proxy := hubtest.NewProxy(t, p.http)
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "line %d\n\n", i) // what is empty is no message
	}
	file := filepath.Join(dir, "lines")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"send", "bulk", "--file", file, "--ref", "bulk", "--as", filepath.Join(dir, "me"), "--url", "http://" + proxy.Addr()}
	lost := proxy.Lose(hubtest.ToClient, `"seq":50,`)
	told := make(chan struct{})
	go func() {
		defer close(told)
		<-lost
		lost := proxy.Lose(hubtest.ToClient, `"seq":100,`)
		proxy.Resume()
		<-lost
		p.kill()
		proxy.Resume()
	}()
	sent := make(chan error, 1)
	go func() {
		out, err := program(t, dir, args...).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		sent <- err
	}()
	<-told
	p = start(t, dir, p.http, p.mqtt)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	again, err := program(t, dir, append(args, "--json")...).Output()
	if err != nil || strings.Count(string(again), "\n") != 300 {
		t.Errorf("sent again: %v, %s", err, again)
	}
	log := p.log(t, "bulk")
	if len(log) != 300 {
		t.Fatalf("%d lines are in the log", len(log))
	}
	for i, e := range log {
		if e.Text != fmt.Sprint("line ", i) || e.From.ID != log[0].From.ID {
			t.Fatalf("event %d says %q, of %s", i, e.Text, e.From.ID)
		}
	}
}

func TestSendRefuses(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	long := strings.Repeat("x", 17<<10)
	for _, test := range []struct {
		name, input string
		args        []string
		status      int
		want        string
	}{
		{"a line that is no text", "one\n\xff\n", nil, 1, "line 2 is no UTF-8: have it converted, with iconv(1) say (1 sent before)"},
		{"a line that is too long", "one\n\n" + long + "\n", nil, 1, "line 3: "},
		{"a line beyond all bounds", strings.Repeat("x", 65<<10), nil, 1, "line 1 is longer than 65536 bytes"},
		{"a text that is too long", strings.Repeat("x", 65<<10), []string{"--whole"}, 1, "the text is longer than 65536 bytes"},
		{"nothing but empty lines", "\n \n", nil, 2, "the input is empty"},
		{"somebody unknown", "x", []string{"--as", "stranger"}, 1, "This guest's secret is not valid here."},
		{"who is nobody", "x", []string{"--as", "empty"}, 2, "does not hold who somebody is"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "stranger"), []byte("not.a.secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := program(t, dir, append([]string{"send", "lobby", "--url", "http://" + p.http}, test.args...)...)
		cmd.Stdin = strings.NewReader(test.input)
		out, err := cmd.CombinedOutput()
		if status(err) != test.status || !strings.Contains(string(out), test.want) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: status %d, %s", test.name, status(err), out)
		}
	}
	cmd := program(t, dir, "send", "whole", "--whole", "--url", "http://"+p.http)
	cmd.Stdin = strings.NewReader("one\n\ntwo\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if log := p.log(t, "whole"); len(log) != 1 || log[0].Text != "one\n\ntwo" {
		t.Errorf("as a whole: %+v", log)
	}
}
