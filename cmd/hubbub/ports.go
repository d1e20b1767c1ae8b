package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	httpapi "hubbub/adapters/http"
	"hubbub/adapters/mqtt"
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
		l, err := listening().Listen(ctx, "tcp", want.addr)
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
func (s *server) secure(shown *certificates) httpapi.Secure {
	secure := httpapi.Secure{HSTS: s.config.HSTS}
	if shown.acme != nil && s.ports.http != nil {
		secure.Challenge = shown.acme.Challenge()
	}
	if s.ports.https != nil && !s.config.Redirect.Off {
		if secure.Redirect = s.config.Redirect.Port; secure.Redirect == 0 {
			_, port, _ := net.SplitHostPort(s.ports.https.Addr().String())
			secure.Redirect, _ = strconv.Atoi(port)
		}
	}
	return secure
}

// serveAll has every listener served.
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
		if shown.acme != nil {
			s.http.TLSConfig.NextProtos = append(s.http.TLSConfig.NextProtos, certs.ChallengeProtocol)
		}
		run.HTTP, run.TLS = reachable(p.https.Addr().String()), &runTLS{Name: local.Name, Cert: string(local.PEM)}
	}
	if p.http != nil && (p.https == nil || s.config.Redirect.Off) {
		run.HTTP, run.TLS = reachable(p.http.Addr().String()), nil
	}
	// Before anybody is answered, so that the commands find this hub, not the last.
	if err := s.config.writeRunFile(run); err != nil {
		s.log.Warn("the commands scopes and room will not find this hub", "error", err)
	}
	s.run("http", p.http, func(l net.Listener) error { return s.http.Serve(s.upgrades.Listen(l)) })
	s.run("https", p.https, func(l net.Listener) error { return s.http.ServeTLS(l, "", "") })
	s.run("mqtt", p.mqtt, s.mqtt.Serve)
	s.run("mqtts", p.mqtts, func(l net.Listener) error { return s.mqtt.Serve(tls.NewListener(l, certs.Config(shown.mqtt))) })
	return nil
}

// run serves a listener, if there is one, and reports one that stops by itself.
func (s *server) run(name string, l net.Listener, serve func(net.Listener) error) {
	if l == nil {
		return
	}
	go func() {
		if err := serve(&fewAtATime{Listener: l}); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, mqtt.ErrClosed) && !errors.Is(err, net.ErrClosed) {
			s.failed <- fmt.Errorf("%s: %w", name, err)
		}
	}()
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
