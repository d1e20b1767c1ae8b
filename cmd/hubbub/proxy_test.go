package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// Whatever the commands say to the hub on their machine goes there, and through no
// proxy, which would read the operator's key. To another hub it does.
func TestNoProxyToThisMachine(t *testing.T) {
	var heard atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		heard.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer proxy.Close()
	for _, redirect := range []string{"true", "false"} { // so that the run file is of https, or of http
		s := startTLS(t, "HUBBUB_HTTP_TLS_REDIRECT="+redirect, "HUBBUB_HTTP_HOSTS=0.0.0.0")
		c := &Config{Data: s.dir}
		body, err := os.ReadFile(c.runFile())
		var run runFile
		if err == nil {
			err = json.Unmarshal(body, &run)
		}
		if err != nil {
			t.Fatal(err)
		}
		// Go takes proxies only to what is not by its address this machine.
		run.HTTP = strings.Replace(run.HTTP, "127.0.0.1", "0.0.0.0", 1)
		if err := c.writeRunFile(run); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"scopes"}, {"room", "list"}, {"send", "lobby", "hi"}} {
			cmd := s.command(t, args...)
			cmd.Env = append(cmd.Env, "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
			if out, err := cmd.CombinedOutput(); err != nil || heard.Swap(0) > 0 {
				t.Errorf("redirect %s: hubbub %v: %v: %s", redirect, args, err, out)
			}
		}
		cmd := s.command(t, "send", "lobby", "hi", "--url", "http://hub.example", "--wait", "5s")
		cmd.Env = append(cmd.Env, "HTTP_PROXY="+proxy.URL, "NO_PROXY=")
		if out, _ := cmd.CombinedOutput(); heard.Swap(0) == 0 {
			t.Errorf("to another hub it went around the proxy: %s", out)
		}
	}
}
