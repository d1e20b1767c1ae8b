package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hubbub/hub/certs"
)

// certificates looks at those that the config names.
func (d *doctor) certificates(ctx context.Context) {
	if d.config.HTTPS.Cert != "" {
		d.certificate("http.tls", &d.config.HTTPS)
	}
	if d.config.MQTTS.Cert != "" {
		d.certificate("mqtt.tls", &d.config.MQTTS)
	}
	if len(d.config.ACMEDomains) > 0 {
		d.domains()
		d.authority(ctx)
	}
}

// domains looks at what an authority gave.
func (d *doctor) domains() {
	for _, domain := range d.config.ACMEDomains {
		file := filepath.Join(d.config.acmeFolder(), domain) // where autocert keeps both
		pair, err := certs.Load(file, file)
		if err != nil {
			d.find(warn, "acme.domains", "Start the hub, which asks for one; its log says what came of it", "there is no certificate for %s yet", domain)
			continue
		}
		if w := certs.Expiry(pair.Leaf, time.Now()); w != "" {
			d.find(warn, "acme.domains", "The hub renews it while it runs; its log says why not", "%s: %s", domain, w)
			continue
		}
		d.find(okay, "acme.domains", "", "the certificate for %s is good for %s", domain, certs.Left(time.Until(pair.Leaf.NotAfter)))
	}
	c := d.config
	if !strings.HasSuffix(c.HTTPS.Listen, ":443") && !strings.HasSuffix(c.HTTPListen, ":80") {
		d.find(warn, "http.tls.listen", "Have 443 forwarded to http.tls.listen, or 80 to http.listen, or listen there", "the authority asks at port 443 or 80, and the hub listens on neither")
	}
}

// authority looks whether the authority is reached from here.
func (d *doctor) authority(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.config.ACMEDirectory, http.NoBody)
	if err == nil {
		client := clientOf(nil, nil, http.ProxyFromEnvironment)
		defer client.CloseIdleConnections()
		var res *http.Response
		if res, err = client.Do(req); err == nil {
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				err = errors.New(res.Status)
			}
		}
	}
	if err != nil {
		d.find(warn, "acme.directory", "Let the hub reach it, or write another", "no certificate can be asked for: %v", err)
		return
	}
	d.find(okay, "acme.directory", "", "%s answers", d.config.ACMEDirectory)
}

func (d *doctor) certificate(section string, t *tlsConfig) {
	pair, err := certs.Load(t.Cert, t.Key)
	if fault, ok := errors.AsType[*certs.Fault](err); ok {
		key := section + ".cert"
		if fault.Key {
			key = section + ".key"
		}
		d.find(fail, key, "", "%s", fault.Text)
		return
	}
	key, leaf := section+".cert", pair.Leaf
	for _, host := range d.config.HTTPHosts {
		if section == "http.tls" && leaf.VerifyHostname(host) != nil {
			d.find(warn, key, "Get one that is for it too, or take it out of http.hosts", "%s is not for %s, which is among http.hosts", t.Cert, host)
		}
	}
	if w := certs.Expiry(leaf, time.Now()); w != "" {
		d.find(warn, key, "", "%s: %s", t.Cert, w)
	} else {
		d.find(okay, key, "", "%s is for %s, good for %s, and of %s",
			t.Cert, strings.Join(namesOf(leaf), ", "), certs.Left(time.Until(leaf.NotAfter)), authorityOf(pair))
	}
	d.readable(section+".key", t.Key)
}

// readable looks who may read a key.
func (d *doctor) readable(key, file string) {
	switch info, err := os.Stat(file); {
	case err != nil:
		d.find(warn, key, "", "who may read it is not known: %v", err)
	case info.Mode().Perm()&0o007 != 0:
		d.find(warn, key, "chmod o-rwx "+file, "%s can be read by every user of this machine", file)
	default:
		d.find(okay, key, "", "%s is the certificate's, and not for everybody to read", file)
	}
}

func namesOf(leaf *x509.Certificate) []string {
	names := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return []string{"no name"}
	}
	return names
}

// authorityOf says whether clients know who made the certificate.
func authorityOf(pair *tls.Certificate) string {
	chain := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if cert, err := x509.ParseCertificate(der); err == nil {
			chain.AddCert(cert)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Intermediates: chain}); err != nil {
		return "an authority that this system does not trust: clients are told of it (--ca, --cafile), or the chain to its root is missing in the file"
	}
	return "an authority that this system trusts"
}

// shown is a way to what listens with TLS that looks at the certificate there
// instead of checking it: whether it is trusted is for others to say.
type shown struct{ leaf *x509.Certificate }

func (s *shown) config() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			s.leaf = state.PeerCertificates[0]
			return nil
		},
	}
}

// overTLS has a check of what holds a port go over TLS, and compares the
// certificate there with the config's.
func (d *doctor) overTLS(key string, t *tlsConfig, answers func(context.Context, string, *tls.Config) error) func(context.Context, string) error {
	return func(ctx context.Context, address string) error {
		var there shown
		if err := answers(ctx, address, there.config()); err != nil {
			return err
		}
		pair, err := certs.Load(t.Cert, t.Key)
		if err == nil && there.leaf != nil && !bytes.Equal(there.leaf.Raw, pair.Leaf.Raw) {
			d.find(warn, key, "Its log says why, or it was started with another config", "%s shows another certificate than %s, which ends on %s",
				address, t.Cert, there.leaf.NotAfter.Format(time.DateOnly))
		}
		return nil
	}
}
