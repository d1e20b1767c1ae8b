package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// dialTLS opens a TLS connection, handshake included.
type dialTLS func(ctx context.Context, network, address string) (net.Conn, error)

// throughProxy says which proxy a request goes through.
type throughProxy func(*http.Request) (*url.URL, error)

// clientOf returns a client that trusts what trust says, or the system's
// authorities where it is nil. dial, where there is one, decides by itself. What is
// said to a hub on this machine goes through no proxy, which may be on another and
// would read it: proxy is nil then.
func clientOf(trust *tls.Config, dial dialTLS, proxy throughProxy) *http.Client {
	transport := &http.Transport{
		Proxy: proxy, TLSClientConfig: trust, DialTLSContext: dial,
		TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 90 * time.Second,
	}
	return &http.Client{Transport: transport}
}

// dialLocal connects to the hub that runs on the config's data, as its run file
// says at that moment: after a restart it is another one.
func (c *Config) dialLocal(ctx context.Context, network, _ string) (net.Conn, error) {
	o, err := c.findHub()
	if err != nil {
		return nil, err
	}
	if o.run.TLS == nil {
		return nil, errNoHub // it speaks no TLS any more
	}
	conn, err := (&tls.Dialer{Config: o.run.trust()}).DialContext(ctx, network, o.run.HTTP)
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		return nil, errNoHub // that is there yet, or any more
	}
	return conn, err
}

// trustFile returns the settings that trust the authorities in a file alone.
func trustFile(file string) (*tls.Config, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, usageError{fmt.Errorf("--ca: %w", err)}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(body) {
		return nil, usageError{fmt.Errorf("--ca: %s holds no certificate. Name the PEM file of the authority's", file)}
	}
	return &tls.Config{RootCAs: roots}, nil
}

// distrust is why a connection to a hub is not to be trusted, or cannot be
// understood: trying again is of no use.
type distrust struct{ err error }

func (e *distrust) Error() string { return e.err.Error() }
func (e *distrust) Unwrap() error { return e.err }

// explain says what to do about an error of TLS; others it returns as they are.
func explain(err error) error {
	if wrong, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &distrust{fmt.Errorf("the hub's certificate is not trusted: %w. "+
			"Name the file of its authority with --ca, or the hub as its certificate does with --url", wrong.Err)}
	}
	if errors.As(err, new(tls.RecordHeaderError)) || err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return &distrust{errors.New("the hub speaks no TLS there: write http:// in --url")}
	}
	return err
}
