package certs_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hubbub/hub/certs"
	"hubbub/hub/hubtest"
)

// Each mistake is told of the file that it is in, with what to do about it.
func TestLoadFaults(t *testing.T) {
	ca := hubtest.NewAuthority(t)
	year := time.Now().AddDate(1, 0, 0)
	dir := t.TempDir()
	cert, key := ca.Issue(dir, year, "chat.example")
	_, otherKey := ca.Issue(t.TempDir(), year, "chat.example")
	file := func(name, body string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	body := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	der, _ := pem.Decode([]byte(body(cert)))
	for _, test := range []struct {
		name, cert, key string
		ofKey           bool
		want            string
	}{
		{"no certificate", dir + "/none.pem", key, false, "there is no file " + dir + "/none.pem. Write where it is"},
		{"no key", cert, dir + "/none.pem", true, "there is no file " + dir + "/none.pem. Write where it is"},
		{"a folder", dir, key, false, "is a folder. Name the file in it"},
		{"swapped", key, cert, false, "holds a key and no certificate. Are the two files swapped?"},
		{"a certificate for a key", cert, cert, true, "holds no private key, but a certificate. Name the file"},
		{"an empty key", cert, file("empty.pem", ""), true, "holds no private key. It is a PEM file"},
		{"an empty certificate", file("empty.pem", ""), key, false, "holds no certificate. It is a PEM file"},
		{"DER", file("cert.der", string(der.Bytes)), key, false, "is DER, not PEM. Make that of it: openssl"},
		{"a damaged certificate", file("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), key, false, "certificate 1 of " + dir + "/bad.pem is damaged"},
		{"a damaged key", cert, file("badkey.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), true, "is damaged, or of a kind that TLS does not use"},
		{"an encrypted key", cert, file("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), true, "is encrypted, and nobody is there to type its passphrase"},
		{"another's key", cert, otherKey, true, otherKey + " is not the key of " + cert + ". Name the two that were made together"},
		{"the chain in the wrong order", file("chain.pem", body(ca.File)+body(cert)), key, false, `begins with the certificate of "CN=An authority for tests", and the hub's own comes later. Put that first`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := certs.Load(test.cert, test.key)
			fault, ok := errors.AsType[*certs.Fault](err)
			if !ok || fault.Key != test.ofKey || !strings.Contains(fault.Text, test.want) || strings.Contains(fault.Text, "\n") {
				t.Errorf("says %+v\nwants %s", err, test.want)
			}
		})
	}
	if _, err := certs.Load(cert, key); err != nil {
		t.Error(err)
	}
	both := file("both.pem", body(key)+body(cert)+body(ca.File))
	if _, err := certs.Load(both, both); err != nil {
		t.Errorf("one file for both: %v", err)
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, test := range []struct {
		from, until time.Duration
		want        string
	}{
		{-day, 90 * day, ""},
		{-day, 14 * day, ""},
		{-day, 13*day + time.Hour, "it ends in 13 days, on 2026-12-11. Get a new one"},
		{-day, 30 * time.Hour, "it ends in 30 hours, on 2026-11-29. Get a new one"},
		{-day, -time.Second, "it ended on 2026-11-28, and is refused by whoever checks it. Get a new one"},
		{day, 90 * day, "it begins on 2026-11-29 only. Is the clock right?"},
	} {
		leaf := &x509.Certificate{NotBefore: now.Add(test.from), NotAfter: now.Add(test.until)}
		if got := certs.Expiry(leaf, now); got != test.want {
			t.Errorf("from %v until %v: %q", test.from, test.until, got)
		}
	}
}
