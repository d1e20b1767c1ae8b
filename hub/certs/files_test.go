package certs_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hubbub/hub/certs"
	"hubbub/hub/hubtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record is what was logged since it was last taken.
type record struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.Write(b)
}

func (r *record) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.lines.Reset()
	return r.lines.String()
}

// A renewed certificate is used without a restart; one that cannot be used changes
// nothing, and is told of once.
func TestFilesAreReadAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca, dir := hubtest.NewAuthority(t), t.TempDir()
		cert, key := ca.Issue(dir, time.Now().AddDate(1, 0, 0), "one.example")
		log := new(record)
		files, err := certs.Open(cert, key, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var watching sync.WaitGroup
		watching.Go(func() { files.Watch(ctx) })
		defer watching.Wait()
		defer cancel()
		looked := func(looks int) (name, said string) {
			t.Helper()
			time.Sleep(time.Duration(2*looks)*time.Second + time.Millisecond) //nolint:forbidigo // synctest
			synctest.Wait()
			said = log.take()
			pair, err := files.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			return pair.Leaf.DNSNames[0], said
		}
		if name, said := looked(2); name != "one.example" || said != "" {
			t.Errorf("at first %s: %s", name, said)
		}
		ca.Issue(dir, time.Now().AddDate(1, 0, 0), "two.example")
		if name, said := looked(1); name != "two.example" || strings.Count(said, "\n") != 1 || !strings.Contains(said, "level=INFO") {
			t.Errorf("after a renewal %s: %s", name, said)
		}
		if err := os.WriteFile(key, []byte("half a ke"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name, said := looked(1); name != "two.example" || said != "" { // it may be about to be written
			t.Errorf("with half a key %s: %s", name, said)
		}
		if name, said := looked(10); name != "two.example" || strings.Count(said, "\n") != 1 || !strings.Contains(said, "holds no private key") {
			t.Errorf("with a bad key %s: %s", name, said)
		}
		if err := os.Remove(cert); err != nil {
			t.Fatal(err)
		}
		if name, said := looked(10); name != "two.example" || strings.Count(said, "\n") != 1 || !strings.Contains(said, "there is no file") {
			t.Errorf("without a certificate %s: %s", name, said)
		}
		ca.Issue(dir, time.Now().AddDate(0, 0, 3), "three.example")
		if name, said := looked(1); name != "three.example" || strings.Count(said, "\n") != 2 || !strings.Contains(said, "it ends in") {
			t.Errorf("with one that ends soon %s: %s", name, said)
		}
		if _, said := looked(36 * 60 * 30); strings.Count(said, "\n") != 1 || !strings.Contains(said, "it ends in") {
			t.Errorf("a day and a half later: %s", said)
		}
	})
}

// Whoever knows the name gets the hub's own certificate, all others that of the
// files.
func TestTheLocalCertificate(t *testing.T) {
	ca := hubtest.NewAuthority(t)
	cert, key := ca.Issue(t.TempDir(), time.Now().AddDate(1, 0, 0), "chat.example")
	files, err := certs.Open(cert, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	local, err := certs.NewLocal(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"chat.example", ""} {
		if pair, err := local.GetCertificate(&tls.ClientHelloInfo{ServerName: name}); err != nil || pair.Leaf.DNSNames[0] != "chat.example" {
			t.Errorf("%q: %v, %v", name, pair, err)
		}
	}
	if pair, err := local.GetCertificate(&tls.ClientHelloInfo{ServerName: local.Name}); err != nil || pair.Leaf != nil && pair.Leaf.DNSNames[0] == "chat.example" {
		t.Errorf("%v, %v", pair, err)
	}
	if again, err := certs.NewLocal(files); err != nil || again.Name == local.Name {
		t.Errorf("a second one is called %s too, %v", again.Name, err)
	}
}
