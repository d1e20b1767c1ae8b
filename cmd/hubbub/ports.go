package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"

	httpapi "hubbub/adapters/http"
	"hubbub/hub/certs"
)

// ports are the hub's open listeners; nil where the config wants none.
type ports struct{ http, https, mqtt, mqtts net.Listener }

// open opens the listeners that the config wants.
func (s *server) open(ctx context.Context) error {
	c, p := s.config, &s.ports
	for _, want := range []struct {
		key, addr string
		to        *net.Listener
	}{
		{"http.listen", c.HTTPListen, &p.http}, {"http.tls.listen", c.HTTPS.Listen, &p.https},
		{"mqtt.listen", c.MQTTListen, &p.mqtt}, {"mqtt.tls.listen", c.MQTTS.Listen, &p.mqtts},
	} {
		if want.addr == "" {
			continue
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", want.addr)
		if err != nil {
			return usageError{fmt.Errorf("%s: %w. Stop what uses the address, or set %s or %s", want.key, err, want.key, envName(want.key))}
		}
		*want.to = l
	}
	return nil
}

// openPort is a listener and the word for it.
type openPort struct {
	name string
	net.Listener
}

func (p *ports) all() (open []openPort) {
	for _, port := range []openPort{{"http", p.http}, {"mqtt", p.mqtt}, {"https", p.https}, {"mqtts", p.mqtts}} {
		if port.Listener != nil {
			open = append(open, port)
		}
	}
	return open
}

func (p *ports) close() {
	for _, port := range p.all() {
		_ = port.Close()
	}
}

// addresses returns what the ready line says: http and mqtt always, and those of TLS
// where there are some.
func (p *ports) addresses() []any {
	at := map[string]any{"http": none, "mqtt": none}
	for _, port := range p.all() {
		at[port.name] = port.Addr().String()
	}
	var words []any
	for _, name := range []string{"http", "mqtt", "https", "mqtts"} {
		if address, ok := at[name]; ok {
			words = append(words, name, address)
		}
	}
	return words
}

// beyond reports whether pages, or whatever else speaks HTTP, reach the hub from
// other machines.
func (p *ports) beyond() bool {
	return p.http != nil && !loopback(p.http) || p.https != nil && !loopback(p.https)
}

// secure returns what holds for HTTP beside https.
func (s *server) secure() httpapi.Secure {
	secure := httpapi.Secure{HSTS: s.config.HSTS}
	if s.ports.https != nil && !s.config.Redirect.Off {
		if secure.Redirect = s.config.Redirect.Port; secure.Redirect == 0 {
			_, port, _ := net.SplitHostPort(s.ports.https.Addr().String())
			secure.Redirect, _ = strconv.Atoi(port)
		}
	}
	return secure
}

// serveAll has every listener served, and tells the commands on this machine where
// the hub is.
func (s *server) serveAll(shown *certificates) error {
	p, run := &s.ports, runFile{Key: s.key}
	if p.https != nil {
		local, err := certs.NewLocal(shown.http)
		if err != nil {
			return err
		}
		s.http.TLSConfig = certs.Config(local)
		// Package http adds them too late where a plain listener is served first.
		s.http.TLSConfig.NextProtos = []string{"h2", "http/1.1"}
		run.HTTP, run.TLS = reachable(p.https.Addr().String()), &runTLS{Name: local.Name, Cert: string(local.PEM)}
		go s.run("https", func() error { return s.http.ServeTLS(p.https, "", "") })
	}
	if p.http != nil {
		if p.https == nil || s.config.Redirect.Off {
			run.HTTP, run.TLS = reachable(p.http.Addr().String()), nil
		}
		go s.run("http", func() error { return s.http.Serve(p.http) })
	}
	if p.mqtt != nil {
		go s.run("mqtt", func() error { return s.mqtt.Serve(p.mqtt) })
	}
	if p.mqtts != nil {
		go s.run("mqtts", func() error { return s.mqtt.Serve(tls.NewListener(p.mqtts, certs.Config(shown.mqtt))) })
	}
	if err := s.config.writeRunFile(run); err != nil {
		s.log.Warn("the commands scopes and room will not find this hub", "error", err)
	}
	return nil
}

// protocols says which versions of HTTP are spoken: 2 over TLS, and without where
// the config wants it.
func (c *Config) protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(c.H2C)
	return p
}
