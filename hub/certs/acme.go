package certs

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ChallengeProtocol is what an authority names in a handshake that asks whether the
// hub has a domain (ALPN, RFC 8737). A listener that it comes to offers it.
const ChallengeProtocol = acme.ALPNProto

// ACMEOptions of an [ACME]. Domains, Directory and Cache must be set.
type ACMEOptions struct {
	Domains   []string // lower case; each gets a certificate
	Email     string   // that the authority may write to
	Directory string   // URL of the authority's; its terms are taken as accepted
	Cache     string   // folder of keys and certificates, made for this user alone
	HTTP      bool     // whether [ACME.Challenge] is served, on port 80 of the domains
	Logger    *slog.Logger
	UserAgent string
}

// ACME has certificates that an authority gives to who has the domain (RFC 8555).
// They are asked for by [ACME.Watch], never by a handshake, and renewed when a
// third of their time is left.
type ACME struct {
	opts    ACMEOptions
	manager *autocert.Manager
	told    *reasons
	asking  sync.Mutex // held while the authority is asked, so that its reasons are of one domain

	mu   sync.Mutex
	have map[string]bool // domains that there is a certificate for
}

var _ Source = (*ACME)(nil)

// NewACME returns one that has the certificates in its cache.
func NewACME(o ACMEOptions) *ACME {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	a := &ACME{opts: o, told: &reasons{next: http.DefaultTransport}, have: make(map[string]bool)}
	a.manager = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Email: o.Email, Cache: autocert.DirCache(o.Cache), HostPolicy: autocert.HostWhitelist(o.Domains...),
		Client: &acme.Client{
			DirectoryURL: o.Directory, UserAgent: o.UserAgent, HTTPClient: &http.Client{Transport: a.told, Timeout: 30 * time.Second},
		},
	}
	return a
}

// Challenge answers what an authority asks on port 80 (RFC 8555, section 8.3).
func (a *ACME) Challenge() http.Handler {
	answer := a.manager.HTTPHandler(http.NotFoundHandler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err == nil {
			r = r.Clone(r.Context())
			r.Host = host // autocert knows domains without ports
		}
		answer.ServeHTTP(w, r)
	})
}

// GetCertificate implements [Source]. Who names no domain, or another, is shown the
// first one's.
func (a *ACME) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Equal(hello.SupportedProtos, []string{ChallengeProtocol}) {
		return a.manager.GetCertificate(hello)
	}
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if !slices.Contains(a.opts.Domains, name) {
		name = a.opts.Domains[0]
	}
	a.mu.Lock()
	have := a.have[name]
	a.mu.Unlock()
	if !have {
		return nil, fmt.Errorf("certs: there is no certificate for %s yet", name)
	}
	return a.manager.GetCertificate(helloFor(name))
}

// helloFor is what autocert is shown, whoever asks: the domain, and that ECDSA is
// known. Were it shown a peer that knows RSA alone, it would ask the authority for
// another certificate while that peer waits.
func helloFor(domain string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{ServerName: domain, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
}

const (
	firstPause = 70 * time.Second // autocert remembers a failure for a minute
	longPause  = 3 * time.Hour    // authorities count failures
	tendEvery  = time.Hour
)

// Watch asks for the certificates that there are not, until ctx ends, and tells the
// log what comes of it. Whoever is to be asked must be served before.
func (a *ACME) Watch(ctx context.Context) {
	var domains sync.WaitGroup
	for _, domain := range a.opts.Domains {
		domains.Go(func() { a.tend(ctx, domain) })
	}
	domains.Wait()
}

// tend gets a certificate for the domain, and says when it is another one, or was
// not renewed in time.
func (a *ACME) tend(ctx context.Context, domain string) {
	var until, told time.Time
	for pause := firstPause; ; {
		pair, err := a.get(domain)
		wait := tendEvery
		switch {
		case err != nil:
			wait, pause = pause, min(3*pause, longPause)
			a.opts.Logger.Error("there is no certificate for "+domain+": "+err.Error(), "again_in", wait)
		case !pair.Leaf.NotAfter.Equal(until):
			until, pause = pair.Leaf.NotAfter, firstPause
			a.mu.Lock()
			a.have[domain] = true
			a.mu.Unlock()
			a.opts.Logger.Info("the certificate for "+domain+" is used", "until", day(until))
		default:
			if w := Expiry(pair.Leaf, time.Now()); w != "" && time.Since(told) > tellEvery {
				told = time.Now()
				a.opts.Logger.Warn("the certificate for " + domain + " was not renewed: " + w)
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// get returns the domain's certificate, asked for where there is none. Its error is
// what the authority said was wrong, which the library leaves out, and what to do.
func (a *ACME) get(domain string) (*tls.Certificate, error) {
	a.asking.Lock()
	defer a.asking.Unlock()
	a.told.note("")
	pair, err := a.manager.GetCertificate(helloFor(domain))
	if err == nil {
		return pair, nil
	}
	ports := "443 (http.tls.listen)"
	if a.opts.HTTP {
		ports += " or 80 (http.listen)"
	}
	said := cmp.Or(a.told.last(), err.Error())
	return nil, fmt.Errorf("%s. The authority must reach this hub by that name at port %s, and the hub %s", strings.TrimSuffix(said, "."), ports, a.opts.Directory)
}
