package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// Webhooks are made, listed and revoked while a hub runs, and when it is stopped.
func TestHooks(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	run := func(args ...string) string {
		t.Helper()
		out, err := program(t, dir, append([]string{"hook"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	post := func(p *process, path string) int {
		t.Helper()
		res, err := http.Post("http://"+p.http+path, "application/json", strings.NewReader(`{"text":"the build is green"}`))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		return res.StatusCode
	}
	path := run("create", "lobby", "CI")
	if status := post(p, path); status != http.StatusOK {
		t.Errorf("posting to %s: %d", path, status)
	}
	if log := p.log(t, "lobby"); len(log) != 1 || log[0].From.Name != "CI" || log[0].Text != "the build is green" {
		t.Errorf("the log is %+v", log)
	}
	list := run("list")
	if !strings.Contains(list, "lobby  CI") || strings.Contains(list, strings.TrimPrefix(path, "/hooks/")) {
		t.Errorf("the list is %s", list)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil || p.wait() != 0 {
		t.Error(err)
	}
	second := run("create", "attic", "Cron")
	for line := range strings.SplitSeq(run("list"), "\n") {
		if id, rest, _ := strings.Cut(line, " "); strings.Contains(rest, "lobby") {
			run("revoke", id)
		}
	}
	p = start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	if status := post(p, path); status != http.StatusNotFound && status != http.StatusUnauthorized {
		t.Errorf("posting to what was revoked: %d", status)
	}
	if status := post(p, second); status != http.StatusOK {
		t.Errorf("posting to the second: %d", status)
	}
	if out, err := program(t, dir, "hook", "revoke", "nothing").CombinedOutput(); err == nil {
		t.Errorf("revoked what is not there: %s", out)
	}
}
