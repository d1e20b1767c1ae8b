package certs_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hubbub/hub/certs"
	"hubbub/hub/hubtest"
)

// whenLogged is called at each line.
type whenLogged func()

func (f whenLogged) Write(b []byte) (int, error) { f(); return len(b), nil }

// cached returns an ACME that has the domain's certificate in its cache, and how
// often its authority, which gives none, was asked.
func cached(t *testing.T, ca *hubtest.Authority, domain string) (a *certs.ACME, asked *atomic.Int64) {
	t.Helper()
	dir := t.TempDir()
	var pair [][]byte
	cert, key := ca.Issue(dir, time.Now().AddDate(0, 3, 0), domain)
	for _, file := range []string{key, cert} {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pair = append(pair, body)
	}
	if err := os.WriteFile(filepath.Join(dir, domain), slices.Concat(pair...), 0o600); err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int64)
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(authority.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	a = certs.NewACME(certs.ACMEOptions{
		Domains: []string{domain}, Directory: authority.URL, Cache: dir, Logger: slog.New(slog.NewTextHandler(whenLogged(cancel), nil)),
	})
	a.Watch(ctx) // until it says what it has
	return a, asked
}

// A handshake is answered with the certificate that there is, whatever the peer
// knows, and never has the authority asked.
func TestHandshakesAskNoAuthority(t *testing.T) {
	ca := hubtest.NewAuthority(t)
	a, asked := cached(t, ca, "chat.example")
	l, err := tls.Listen("tcp", "127.0.0.1:0", certs.Config(a))
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			_ = conn.(*tls.Conn).HandshakeContext(t.Context()) // the peer tells
			conn.Close()
		}
	})
	defer served.Wait()
	defer l.Close()
	for _, test := range []struct {
		name string
		peer *tls.Config
		err  string
	}{
		{"usual", &tls.Config{}, ""},
		{"TLS 1.3 alone", &tls.Config{MinVersion: tls.VersionTLS13}, ""},
		{"no P-256", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519}}, ""},
		{"RSA alone", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}, "handshake failure"},
		{"the name of another", &tls.Config{ServerName: "other.example"}, "not other.example"},
	} {
		test.peer.RootCAs = ca.Pool
		if test.peer.ServerName == "" {
			test.peer.ServerName = "chat.example"
		}
		conn, err := tls.Dial("tcp", l.Addr().String(), test.peer)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v", test.name, err)
		}
		if n := asked.Swap(0); n > 0 {
			t.Errorf("%s: the authority was asked %d times", test.name, n)
		}
	}
}
