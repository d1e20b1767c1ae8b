package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ill runs the doctor and returns how it ended and its findings, by what they are
// about; the worst counts.
func ill(t *testing.T, dir string, args []string, env ...string) (int, map[string]finding) {
	t.Helper()
	cmd := program(t, dir, append([]string{"doctor", "-o", "json"}, args...)...)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.Output()
	var all []finding
	if jerr := json.Unmarshal(out, &all); jerr != nil {
		t.Fatalf("%v: %s", jerr, out)
	}
	found := make(map[string]finding)
	rank := map[string]int{okay: 1, warn: 2, fail: 3}
	for _, f := range all {
		if rank[f.Outcome] > rank[found[f.About].Outcome] {
			found[f.About] = f
		}
	}
	return exitStatus(err), found
}

// Beside a running hub all is right, and the hub does not notice.
func TestDoctorBesideAHub(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data") // made by the hub, for itself alone
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, "127.0.0.1:0", "127.0.0.1:0")
	if out, err := program(t, dir, "send", "lobby", "hi", "--url", "http://"+p.http).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	status, found := ill(t, dir, nil, "HUBBUB_HTTP_LISTEN="+p.http, "HUBBUB_MQTT_LISTEN="+p.mqtt)
	for about, want := range map[string]string{
		"http.listen": "is held by a hub that answers", "mqtt.listen": "is held by a hub that answers", "database": "looked through, and right",
		"data": "can be written in", "bots": "4 in", "disk": "are free", "files": "enough for 1000 connections", "clock": "it says",
	} {
		if f := found[about]; f.Outcome != okay || !strings.Contains(f.Text, want) {
			t.Errorf("%s: %+v", about, f)
		}
	}
	if status != 0 {
		t.Errorf("status %d", status)
	}
	p.kill() // and where it was killed
	if status, found = ill(t, dir, nil, "HUBBUB_HTTP_LISTEN="+p.http, "HUBBUB_MQTT_LISTEN="+p.mqtt); status != 0 || !strings.Contains(found["http.listen"].Text, "is free") {
		t.Errorf("status %d: %+v", status, found)
	}
	start(t, dir, p.http, p.mqtt)
}

func TestDoctorFinds(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go func() { // it holds the address and speaks nothing that is known
		for {
			conn, err := other.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 mail.example\r\n"))
			_ = conn.Close()
		}
	}()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	broken := filepath.Join(dir, "broken")
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{file: "x", filepath.Join(broken, "bot.yaml"): "nam: x\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "hubbub.db"), []byte(strings.Repeat("no database", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, env, about, want string }{
		{"a port that another has", "HUBBUB_HTTP_LISTEN=" + other.Addr().String(), "http.listen", "not by a hub that answers"},
		{"a port without a broker", "HUBBUB_MQTT_LISTEN=" + other.Addr().String(), "mqtt.listen", "it does not speak MQTT"},
		{"another machine's address", "HUBBUB_MQTT_LISTEN=192.0.2.1:1883", "mqtt.listen", "is no address of this machine"},
		{"a folder that is a file", "HUBBUB_DATA=" + file, "data", "is no folder"},
		{"a folder that cannot be", "HUBBUB_DATA=" + filepath.Join(file, "below"), "data", ""},
		{"a damaged database", "HUBBUB_DATA=" + damaged, "database", "put a backup in its place"},
		{"bots that are wrong", "HUBBUB_BOTS=" + broken, "bots", "bot.yaml:1"},
		{"a mistake in the config", "HUBBUB_LOG_LEVEL=loud", "config", "HUBBUB_LOG_LEVEL"},
	} {
		status, found := ill(t, dir, nil, "HUBBUB_HTTP_LISTEN=127.0.0.1:0", "HUBBUB_MQTT_LISTEN=127.0.0.1:0", test.env)
		if f := found[test.about]; status != 1 || f.Outcome != fail || !strings.Contains(f.Text, test.want) {
			t.Errorf("%s: status %d, %+v", test.name, status, f)
		}
	}
	if status, found := ill(t, dir, []string{"--connections", "2000000000"}, "HUBBUB_HTTP_LISTEN=127.0.0.1:0", "HUBBUB_MQTT_LISTEN=127.0.0.1:0"); status != 1 || found["files"].Outcome != fail {
		t.Errorf("too few files: status %d, %+v", status, found["files"])
	}
}
