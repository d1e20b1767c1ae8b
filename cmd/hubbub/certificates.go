package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"hubbub/hub/certs"
)

// certificates are those that the hub's listeners show; nil where one has no TLS.
type certificates struct {
	http, mqtt certs.Source
	acme       *certs.ACME // one of them, or nil
	watched    []*certs.Files
}

// certificates reads the files that the config names. Its error is all mistakes in
// them, one a line.
func (c *Config) certificates(log *slog.Logger) (*certificates, error) {
	all := new(certificates)
	ofHTTP, herr := all.open(c, "http.tls", &c.HTTPS, log)
	ofMQTT, merr := all.open(c, "mqtt.tls", &c.MQTTS, log)
	if err := errors.Join(herr, merr); err != nil {
		return nil, mistakes{err}
	}
	if len(c.ACMEDomains) > 0 {
		all.acme = certs.NewACME(certs.ACMEOptions{
			Domains: c.ACMEDomains, Email: c.ACMEEmail, Directory: c.ACMEDirectory, Cache: c.acmeFolder(),
			HTTP: c.HTTPListen != "", Logger: log, UserAgent: "hubbub/" + version,
		})
		ofHTTP = all.acme
	}
	if c.HTTPS.Listen != "" {
		all.http = ofHTTP
	}
	if c.MQTTS.Listen != "" {
		if all.mqtt = ofMQTT; ofMQTT == nil {
			all.mqtt = ofHTTP
		}
	}
	return all, nil
}

// open reads the files of a section, if it names some.
func (all *certificates) open(c *Config, section string, t *tlsConfig, log *slog.Logger) (certs.Source, error) {
	if t.Cert == "" {
		return nil, nil
	}
	files, err := certs.Open(t.Cert, t.Key, log)
	if err != nil {
		key := section + ".cert"
		if fault, ok := errors.AsType[*certs.Fault](err); ok && fault.Key {
			key = section + ".key"
		}
		return nil, fmt.Errorf("%s: %w", c.from(key).where(key), err)
	}
	all.watched = append(all.watched, files)
	return files, nil
}

// acmeFolder is where an authority's certificates are kept, and their keys.
func (c *Config) acmeFolder() string { return filepath.Join(c.Data, "acme") }

// watch has the files read anew when they change, and certificates asked for, until
// ctx ends.
func (all *certificates) watch(ctx context.Context) {
	if all.acme != nil {
		go all.acme.Watch(ctx)
	}
	for _, f := range all.watched {
		go f.Watch(ctx)
	}
}

// expiring returns what is to be said of the certificates that the config names.
func (c *Config) expiring() (all []string) {
	for _, section := range []struct {
		name string
		tls  *tlsConfig
	}{{"http.tls", &c.HTTPS}, {"mqtt.tls", &c.MQTTS}} {
		if section.tls.Cert == "" {
			continue
		}
		pair, err := certs.Load(section.tls.Cert, section.tls.Key)
		if err != nil {
			continue // which is told elsewhere
		}
		if w := certs.Expiry(pair.Leaf, time.Now()); w != "" {
			key := section.name + ".cert"
			all = append(all, fmt.Sprintf("%s: %s: %s", c.from(key).where(key), section.tls.Cert, w))
		}
	}
	return all
}
