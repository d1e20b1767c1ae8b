package certs

import (
	"context"
	"crypto/tls"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const (
	lookEvery = 2 * time.Second
	tellEvery = 24 * time.Hour // that a certificate ends
)

// Files is a certificate in two files, which are read anew when they change. What
// cannot be used changes nothing.
type Files struct {
	cert, key string
	log       *slog.Logger
	now       atomic.Pointer[tls.Certificate]

	read   stamp // of what is in use
	failed stamp // of what could not be used
	told   bool  // that it could not
}

var _ Source = (*Files)(nil)

// Open reads the files. Its error is a [*Fault]. A nil log is slog.Default().
func Open(certFile, keyFile string, log *slog.Logger) (*Files, error) {
	if log == nil {
		log = slog.Default()
	}
	f := &Files{cert: certFile, key: keyFile, log: log, read: stampOf(certFile, keyFile)}
	pair, err := Load(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	f.now.Store(pair)
	return f, nil
}

// GetCertificate implements [Source], with the newest pair that could be used.
func (f *Files) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.now.Load(), nil
}

// Watch looks after the files until ctx ends, and tells the log what comes of it,
// and once a day that the certificate ends.
func (f *Files) Watch(ctx context.Context) {
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	tell := time.NewTimer(0)
	defer tell.Stop()
	for {
		select {
		case <-looks.C:
			if f.look() {
				tell.Reset(0)
			}
		case <-tell.C:
			tell.Reset(tellEvery)
			if w := Expiry(f.now.Load().Leaf, time.Now()); w != "" {
				f.log.Warn("the certificate: "+w, "file", f.cert)
			}
		case <-ctx.Done():
			return
		}
	}
}

// look takes over a pair that has changed, and reports whether it did. One that
// cannot be used is told of when it still cannot the next time: until then one file
// may be new and the other not yet.
func (f *Files) look() bool {
	found := stampOf(f.cert, f.key)
	if found.is(f.read) || f.told && found.is(f.failed) {
		return false
	}
	pair, err := Load(f.cert, f.key)
	if err == nil {
		f.now.Store(pair)
		f.read, f.told = found, false
		f.log.Info("a new certificate is used", "file", f.cert, "until", day(pair.Leaf.NotAfter))
		return true
	}
	if found.is(f.failed) {
		f.told = true
		f.log.Error("the certificate's files have changed and cannot be used, so the one before goes on: " + err.Error())
	} else {
		f.failed, f.told = found, false
	}
	return false
}

// stamp is how two files stand; nil for one that is not there.
type stamp [2]fs.FileInfo

func stampOf(files ...string) (s stamp) {
	for i, file := range files {
		s[i], _ = os.Stat(file)
	}
	return s
}

func (s stamp) is(other stamp) bool {
	for i := range s {
		a, b := s[i], other[i]
		if a == nil || b == nil {
			if a != b {
				return false
			}
			continue
		}
		if !os.SameFile(a, b) || !a.ModTime().Equal(b.ModTime()) || a.Size() != b.Size() {
			return false
		}
	}
	return true
}
