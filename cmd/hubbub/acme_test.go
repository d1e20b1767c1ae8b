package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"hubbub/hub/hubtest"
)

// authority is a certificate authority that speaks ACME: Let's Encrypt's own for
// tests, which asks at the ports given whether a hub has a name. All names lead to
// this machine.
type authority struct {
	directory string
	file      string // of what the directory's own certificate is checked against
	roots     *x509.CertPool
	end       func()
}

// newAuthority starts one.
func newAuthority(t *testing.T, httpPort, tlsPort string) *authority {
	t.Helper()
	ca, dir := hubtest.NewAuthority(t), t.TempDir()
	cert, key := ca.Issue(dir, time.Now().AddDate(0, 1, 0), "127.0.0.1")
	api, management, dns := freePort(t), freePort(t), freePort(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.0.1:" + api, "managementListenAddress": "127.0.0.1:" + management,
		"certificate": cert, "privateKey": key,
		"httpPort": json.Number(httpPort), "tlsPort": json.Number(tlsPort),
		"profiles": map[string]any{"default": map[string]any{"description": "usual", "validityPeriod": 7776000}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	endNames := runTool(t, "pebble-challtestsrv", "-dnsserver", "127.0.0.1:"+dns, "-management", "127.0.0.1:"+freePort(t),
		"-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "")
	endPebble := runTool(t, "pebble", "-config", file, "-dnsserver", "127.0.0.1:"+dns)
	a := &authority{
		directory: "https://127.0.0.1:" + api + "/dir", file: ca.File, roots: x509.NewCertPool(),
		end: func() { endPebble(); endNames() },
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool}}}
	defer client.CloseIdleConnections()
	for {
		res, err := client.Get("https://127.0.0.1:" + management + "/roots/0")
		if err != nil {
			if t.Context().Err() != nil {
				t.Fatal(err)
			}
			continue // it starts
		}
		root, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !a.roots.AppendCertsFromPEM(root) {
			t.Fatalf("%s, %v", root, err)
		}
		return a
	}
}

// freePort returns one that nobody has; whoever gets it opens it.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// runTool runs a program of .ci/pebble.mod until it is ended, or the test is.
func runTool(t *testing.T, name string, args ...string) (end func()) {
	t.Helper()
	path, err := exec.Command("go", "tool", "-modfile=../../.ci/pebble.mod", "-n", name).Output()
	if err != nil {
		t.Fatalf("go tool %s: %v (it is built from .ci/pebble.mod)", name, err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), strings.TrimSpace(string(path)), args...)
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended bool
	end = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	return end
}

// asked is a hub that asks an authority for its certificate.
type asked struct {
	*process
	authority           *authority
	dir, plain, secured string // the ports
	env                 []string
}

func newAsked(t *testing.T) *asked {
	t.Helper()
	a := &asked{dir: t.TempDir(), plain: freePort(t), secured: freePort(t)}
	a.env = []string{
		"HUBBUB_HTTP_TLS_LISTEN=127.0.0.1:" + a.secured, "HUBBUB_MQTT_TLS_LISTEN=127.0.0.1:0",
		"HUBBUB_ACME_DOMAINS=chat.example,hub.example", "HUBBUB_ACME_EMAIL=admin@chat.example",
	}
	return a
}

// start runs it, with the authority that it has.
func (a *asked) start(t *testing.T, httpAddr string) {
	t.Helper()
	env := append(slices.Clone(a.env), "HUBBUB_ACME_DIRECTORY="+a.authority.directory, "SSL_CERT_FILE="+a.authority.file)
	a.process = start(t, a.dir, httpAddr, "127.0.0.1:0", env...)
}

// certificate waits until the hub has one for the name, and returns it.
func (a *asked) certificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := tls.Dial("tcp", a.https, &tls.Config{ServerName: name, RootCAs: a.authority.roots, MinVersion: tls.VersionTLS13})
		if err == nil {
			cert := conn.ConnectionState().PeerCertificates[0]
			conn.Close()
			return cert
		}
		if ctx.Err() != nil {
			t.Fatalf("there is no certificate for %s: %v", name, err)
		}
	}
}

// A hub that the authority reaches at its port of TLS alone gets certificates for
// its domains, keeps them where nobody else reads them, and has them after a restart.
func TestACMEOverTLS(t *testing.T) {
	a := newAsked(t)
	a.authority = newAuthority(t, freePort(t), a.secured)
	a.start(t, "none")
	if a.http != none {
		t.Errorf("it listens for plain HTTP at %s", a.http)
	}
	first := a.certificate(t, "chat.example")
	if second := a.certificate(t, "hub.example"); second.Equal(first) {
		t.Error("both domains have one certificate")
	}
	// Who names no domain is shown the first one's, over MQTT too.
	trust := &tls.Config{RootCAs: a.authority.roots, InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		return s.PeerCertificates[0].VerifyHostname("chat.example")
	}}
	device := paho.NewClient(paho.NewClientOptions().AddBroker("ssl://" + a.mqtts).SetTLSConfig(trust).SetClientID("kettle"))
	if err := wait(device.Connect()); err != nil {
		t.Error(err)
	}
	device.Disconnect(100)
	err := filepath.WalkDir(filepath.Join(a.dir, "acme"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}

	a.kill()
	a.authority.end()
	a.start(t, "none")
	if again := a.certificate(t, "chat.example"); !again.Equal(first) {
		t.Error("after a restart it has another one")
	}
	cmd := program(t, a.dir, "send", "lobby", "hi") // which needs to know nothing
	cmd.Env = append(append(cmd.Env, a.env...), "HUBBUB_HTTP_LISTEN=none")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("send: %v: %s", err, out)
	}
	_, found := ill(t, a.dir, nil, append(a.env, "HUBBUB_HTTP_LISTEN=none", "HUBBUB_MQTT_LISTEN=127.0.0.1:0", "HUBBUB_ACME_DIRECTORY="+a.authority.directory)...)
	if f := found["acme.domains"]; f.Outcome != okay || !strings.Contains(f.Text, "good for 89 days") {
		t.Errorf("the doctor says %+v", f)
	}
	if f := found["acme.directory"]; f.Outcome != warn {
		t.Errorf("the doctor says %+v", f)
	}
}

// One that it reaches at its plain port alone gets them too, and sends everybody
// else from there on to https.
func TestACMEOverHTTP(t *testing.T) {
	a := newAsked(t)
	a.authority = newAuthority(t, a.plain, freePort(t))
	a.start(t, "127.0.0.1:"+a.plain)
	a.certificate(t, "chat.example")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://127.0.0.1:" + a.plain + "/rooms/lobby")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if want := fmt.Sprintf("https://127.0.0.1:%s/rooms/lobby", a.secured); res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != want {
		t.Errorf("%s to %s", res.Status, res.Header.Get("Location"))
	}
}

// Where the authority does not reach the hub, the log says what that says, and
// handshakes fail at once instead of asking it again.
func TestACMEThatFails(t *testing.T) {
	a := newAsked(t)
	a.authority = newAuthority(t, freePort(t), freePort(t))
	a.start(t, "127.0.0.1:"+a.plain)
	for range 2 { // both domains
		said := a.says(t, "there is no certificate for ")
		if !strings.Contains(strings.ToLower(said), "connection refused") ||
			!strings.Contains(said, "The authority must reach this hub by that name at port 443 (http.tls.listen) or 80 (http.listen)") {
			t.Errorf("the log says %s", said)
		}
	}
	began := time.Now()
	if conn, err := tls.Dial("tcp", a.https, &tls.Config{ServerName: "chat.example"}); err == nil {
		conn.Close()
		t.Error("there is a certificate")
	} else if time.Since(began) > 5*time.Second {
		t.Errorf("it took %v to fail", time.Since(began))
	}
}
