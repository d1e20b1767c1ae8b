package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"

	"hubbub/hub"
	"hubbub/hub/hubtest"
)

// secured is a hub with TLS on every port that can have it.
type secured struct {
	*process
	ca  *hubtest.Authority
	dir string   // of data
	pem string   // of the certificate and its key
	env []string // that it was started with
}

// startTLS runs a hub beside whose plain listeners are those of TLS.
func startTLS(t *testing.T, env ...string) *secured {
	t.Helper()
	return startTLSOn(t, t.TempDir(), env...)
}

// startTLSOn is startTLS on data that is there.
func startTLSOn(t *testing.T, dir string, env ...string) *secured {
	t.Helper()
	s := &secured{ca: hubtest.NewAuthority(t), dir: dir, pem: t.TempDir()}
	cert, key := s.ca.Issue(s.pem, time.Now().AddDate(1, 0, 0), "localhost", "chat.example")
	s.env = append([]string{
		"HUBBUB_HTTP_TLS_LISTEN=127.0.0.1:0", "HUBBUB_HTTP_TLS_CERT=" + cert, "HUBBUB_HTTP_TLS_KEY=" + key,
		"HUBBUB_MQTT_TLS_LISTEN=127.0.0.1:0", "HUBBUB_HTTP_HSTS=30d",
	}, env...)
	s.process = start(t, s.dir, "127.0.0.1:0", "127.0.0.1:0", s.env...)
	// From now on they are where they are.
	s.env = append(s.env, "HUBBUB_HTTP_LISTEN="+s.http, "HUBBUB_MQTT_LISTEN="+s.mqtt, "HUBBUB_HTTP_TLS_LISTEN="+s.https, "HUBBUB_MQTT_TLS_LISTEN="+s.mqtts)
	return s
}

func (s *secured) trust() *tls.Config {
	return &tls.Config{RootCAs: s.ca.Pool, ServerName: "localhost"}
}

// client returns one that speaks HTTP/2 where it can.
func (s *secured) client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: s.trust(), ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answered is an answer that was read.
type answered struct {
	status, proto int // the version of HTTP
	header        http.Header
	body          []byte
}

func (s *secured) get(t *testing.T, url string) answered {
	t.Helper()
	res, err := s.client(t).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{res.StatusCode, res.ProtoMajor, res.Header, body}
}

// command runs hubbub as the operator does, with the hub's own config.
func (s *secured) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t, s.dir, args...)
	cmd.Env = append(cmd.Env, s.env...)
	return cmd
}

// Pages, sockets and devices are served over TLS, 1.2 or newer, and plain requests
// are sent on there.
func TestTLS(t *testing.T) {
	s := startTLS(t)
	server := s.get(t, "https://"+s.https+"/api/v1/server")
	if server.proto != 2 || server.status != http.StatusOK || server.header.Get("Strict-Transport-Security") != "max-age=2592000" {
		t.Errorf("by https: %+v", server)
	}
	var about struct {
		MQTT []struct {
			Port int
			TLS  bool
		}
	}
	if err := json.Unmarshal(server.body, &about); err != nil || len(about.MQTT) != 2 || about.MQTT[0].TLS || !about.MQTT[1].TLS {
		t.Errorf("it says of MQTT: %s", server.body)
	}
	if a := s.get(t, "http://"+s.http+"/rooms/lobby"); a.status != http.StatusPermanentRedirect || a.header.Get("Location") != "https://"+s.https+"/rooms/lobby" {
		t.Errorf("by http: %+v", a)
	}
	if a := s.get(t, "http://"+s.http+"/readyz"); a.status != http.StatusOK || a.header.Get("Strict-Transport-Security") != "" {
		t.Errorf("/readyz by http: %+v", a)
	}
	for _, addr := range []string{s.https, s.mqtts} {
		old := s.trust()
		old.MaxVersion = tls.VersionTLS11
		if conn, err := tls.Dial("tcp", addr, old); err == nil {
			t.Errorf("%s speaks %x", addr, conn.ConnectionState().Version)
			conn.Close()
		}
		v12 := s.trust()
		v12.MaxVersion = tls.VersionTLS12
		conn, err := tls.Dial("tcp", addr, v12)
		if err != nil {
			t.Fatalf("%s: %v", addr, err)
		}
		conn.Close()
	}

	ws, _, err := (&websocket.Dialer{TLSClientConfig: s.trust()}).Dial("wss://"+s.https+"/ws/rooms/lobby?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for _, broker := range []string{"ssl://" + s.mqtts, "wss://" + s.https + "/mqtt"} {
		c := paho.NewClient(paho.NewClientOptions().AddBroker(broker).SetTLSConfig(s.trust()).SetClientID("kettle"))
		if err := wait(c.Connect()); err != nil {
			t.Fatalf("%s: %v", broker, err)
		}
		if err := wait(c.Publish("rooms/lobby", 1, false, "by "+broker)); err != nil {
			t.Fatalf("%s: %v", broker, err)
		}
		c.Disconnect(100)
	}
	_, port, _ := net.SplitHostPort(s.mqtts)
	pub := exec.CommandContext(t.Context(), "mosquitto_pub", "--cafile", s.ca.File, "-h", "localhost", "-p", port, "-V", "5", "-q", "1", "-t", "rooms/lobby", "-m", "by mosquitto")
	if out, err := pub.CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub (of Debian's mosquitto-clients): %v: %s", err, out)
	}
	for _, want := range []string{"by ssl://" + s.mqtts, "by wss://" + s.https + "/mqtt", "by mosquitto"} {
		for heard := false; !heard; {
			e, err := next(ws)
			if err != nil {
				t.Fatal(err)
			}
			heard = e.Type == hub.TypeReceivedMessage && e.Text == want
		}
	}
}

// Commands on the hub's machine need no name and no authority; elsewhere they check
// the certificate, and say what to do where they cannot.
func TestCommandsOverTLS(t *testing.T) {
	s := startTLS(t)
	run := func(want string, args ...string) (status int) {
		t.Helper()
		out, err := s.command(t, args...).CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("hubbub %v: %v: %s", args, err, out)
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode()
		}
		return 0
	}
	_, port, _ := net.SplitHostPort(s.https)
	for _, test := range []struct {
		status int
		want   string
		args   []string
	}{
		{0, "", []string{"send", "lobby", "hello"}},
		{0, "PROTOCOL", []string{"scopes"}},
		{0, "lobby", []string{"room", "list"}},
		{0, "", []string{"send", "lobby", "hi", "--url", "https://localhost:" + port, "--ca", s.ca.File}},
		{1, "is not trusted: x509: certificate signed by unknown authority. Name the file of its authority with --ca", []string{"send", "lobby", "hi", "--url", "https://localhost:" + port}},
		{1, "is not trusted: x509: certificate signed by unknown authority", []string{"tail", "lobby", "--url", "https://localhost:" + port}},
		{1, "is not trusted: x509: cannot validate certificate for 127.0.0.1", []string{"tail", "lobby", "--url", "https://127.0.0.1:" + port, "--ca", s.ca.File}},
		{1, "the hub speaks TLS there: write https:// in --url", []string{"send", "lobby", "hi", "--url", "http://127.0.0.1:" + port}},
		{1, "the hub speaks no TLS there: write http:// in --url", []string{"send", "lobby", "hi", "--url", "https://" + s.http}},
		{1, "the hub sends on to https://", []string{"tail", "lobby", "--url", "http://" + s.http}},
		{2, "--ca: ", []string{"send", "lobby", "hi", "--ca", "nowhere.pem"}},
	} {
		if status := run(test.want, test.args...); status != test.status {
			t.Errorf("hubbub %v: status %d", test.args, status)
		}
	}

	// What waits for a hub finds the next one, whose own certificate is another.
	s.kill()
	sent := make(chan error, 1)
	go func() { sent <- s.command(t, "send", "lobby", "after a restart").Run() }()
	s.process = start(t, s.dir, s.http, s.mqtt, s.env...)
	if err := <-sent; err != nil {
		t.Errorf("over a restart: %v", err)
	}
}

// A renewed certificate is shown to whoever comes next, without a restart; one that
// cannot be used changes nothing.
func TestCertificatesAreRenewed(t *testing.T) {
	s := startTLS(t)
	ws, _, err := (&websocket.Dialer{TLSClientConfig: s.trust()}).Dial("wss://"+s.https+"/ws?name=ada", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	shown := func(addr string) *x509.Certificate {
		t.Helper()
		conn, err := tls.Dial("tcp", addr, s.trust())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0]
	}
	first := shown(s.https)
	s.ca.Issue(s.pem, time.Now().AddDate(1, 0, 0), "localhost")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, addr := range []string{s.https, s.mqtts} {
		for bytes.Equal(shown(addr).Raw, first.Raw) {
			if ctx.Err() != nil {
				t.Fatalf("%s shows the old one", addr)
			}
		}
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"room.list"}`)); err != nil {
		t.Fatal(err)
	}
	for listed := false; !listed; { // who was there stays
		_, data, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		listed = bytes.Contains(data, []byte("room.list"))
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := s.wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// The doctor looks at the certificate, who may read its key, and the ports of TLS.
func TestDoctorLooksAtTLS(t *testing.T) {
	s := startTLS(t)
	all := func(env ...string) map[string]finding {
		t.Helper()
		_, found := ill(t, s.dir, nil, append(s.env, env...)...)
		return found
	}
	found := all()
	for about, want := range map[string]string{
		"http.tls.listen": "is held by a hub that answers", "mqtt.tls.listen": "is held by a hub that answers",
		"http.tls.cert": "is for localhost, chat.example, good for 36", "http.tls.key": "not for everybody to read",
	} {
		if f := found[about]; f.Outcome != okay || !strings.Contains(f.Text, want) {
			t.Errorf("%s: %+v", about, f)
		}
	}
	warns := func(about, want string, found map[string]finding) {
		t.Helper()
		if f := found[about]; f.Outcome != warn || !strings.Contains(f.Text, want) {
			t.Errorf("%s: %+v", about, f)
		}
	}
	warns("http.tls.cert", "is not for other.example", all("HUBBUB_HTTP_HOSTS=chat.example,other.example"))
	if err := os.Chmod(s.pem+"/key.pem", 0o644); err != nil {
		t.Fatal(err)
	}
	warns("http.tls.key", "can be read by every user", all())
	fresh := t.TempDir()
	cert, key := s.ca.Issue(fresh, time.Now().Add(50*time.Hour), "localhost")
	warns("http.tls.cert", "it ends in 2 days", all("HUBBUB_HTTP_TLS_CERT="+cert, "HUBBUB_HTTP_TLS_KEY="+key))
	warns("mqtt.tls.cert", "shows another certificate than "+cert, all("HUBBUB_HTTP_TLS_CERT="+cert, "HUBBUB_HTTP_TLS_KEY="+key))
	plain := start(t, t.TempDir(), "127.0.0.1:0", "127.0.0.1:0")
	if f := all("HUBBUB_HTTP_TLS_LISTEN=" + plain.http)["http.tls.listen"]; f.Outcome != fail || !strings.Contains(f.Text, "not by a hub that answers") {
		t.Errorf("on a port without TLS: %+v", f)
	}
}
